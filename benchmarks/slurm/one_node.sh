#!/usr/bin/env bash
# Starts Slurm on this machine alone, on the loopback address, to try a workflow: benchmarks/slurm/one_node.sh FOLDER.
# Needs root and Debian's packages munge, slurmctld, slurmd and slurm-client. FOLDER gets its state and logs.
# `benchmarks/slurm/one_node.sh FOLDER stop` ends it. Jobs find their cluster by /etc/slurm/slurm.conf, which is written.
set -euo pipefail
folder=$(realpath -m "${1:?error: name a folder for state and logs}")
mkdir -p "$folder"/{state,spool}
if [ "${2:-}" = stop ]; then
  for daemon in slurmctld slurmd; do
    [ ! -s "$folder/$daemon.pid" ] || kill "$(cat "$folder/$daemon.pid")" || true
  done
  exit
fi

conf=/etc/slurm/slurm.conf
if [ -e "$conf" ] && ! grep -q "^ClusterName=one_node$" "$conf"; then
  echo "error: $conf is there: this machine is part of a cluster; use that" >&2
  exit 1
fi
host=$(hostname -s)
cat >"$conf" <<CONF
ClusterName=one_node
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
# No control groups: containers do not have them.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# Seconds between SIGTERM and SIGKILL when a job is cancelled or out of time.
KillWait=30
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$(awk '/MemTotal/ {print int($2 / 1024 * .9)}' /proc/meminfo)
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
mkdir -p /run/munge /var/log/munge
chown munge: /run/munge /var/log/munge
pgrep -x munged >/dev/null || runuser -u munge -- munged
slurmctld
slurmd
for _ in $(seq 30); do
  if sinfo --noheader --states=idle 2>/dev/null | grep -q idle; then
    echo "Slurm is up."
    exit
  fi
  sleep 1
done
echo "error: Slurm did not come up in 30 s; see $folder/slurmctld.log and $folder/slurmd.log" >&2
exit 1
