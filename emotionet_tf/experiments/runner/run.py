"""Runs an experiment's nodes, each only once, so that an interrupted experiment can be resumed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from emotionet_tf.console.signals import StopRequest
from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.experiments.runner.node_states import NodeStates
from emotionet_tf.experiments.runner.nodes import Node, outside_inputs, parents
from emotionet_tf.experiments.runner.processes import LOCK_NAME, locked
from emotionet_tf.experiments.runner.run_display import Console, OutputConsole, StatusLines
from emotionet_tf.experiments.runner.running_nodes import Job, NodeJobs, OutdatedFolderError

_POLL_SECONDS = 0.05


def run_nodes(
    nodes: Sequence[Node],
    state_dir: Path,
    *,
    jobs: int = 1,
    show_output: bool = False,
    redo_outdated: bool = False,
    lock_name: str = LOCK_NAME,
) -> None:
    """Runs the nodes that are not done yet.

    A node is done when it once ended well with the same command and inputs of the same content, and its outputs still
    have the content that they had then.

    Args:
      nodes: In an order in which each comes behind those that it needs. They are placed: `placeholders.RUN` in them
        is the folder that `state_dir` lies in.
      state_dir: Folder of what is known of the nodes, see `NodeStates`, and of their logs.
      jobs: Nodes at work at once, each bound to its share of the processors.
      show_output: Show each command and its output, instead of a line for each that has ended; the output of several
        jobs goes to logs, too.
      redo_outdated: Remove what a node wrote with another command, from other inputs, or what was changed since, and
        do it again; likewise, once, the folder that its command refuses because of other settings.
      lock_name: Runners with other names may be at work in the folder, on other nodes.
    Raises:
      UserError: If a node fails, after those at work have ended; if one is outdated; if a file that nobody writes is
        missing; if another runner is at work in the folder. What was done stays done.
      KeyboardInterrupt: At Ctrl-C, after the commands at work have been asked to end, and have ended.
      StoppedError: Likewise at SIGTERM; or if a command was asked to end by somebody else, after the others have ended.
      ValueError: If the nodes are not such a list, see `parents`.
    """
    if jobs < 1:
        raise UserError(f"the number of jobs is at least 1, got {jobs}")
    states = NodeStates(state_dir, nodes)
    nodes = [node.placed(state_dir.parent) for node in nodes]
    above = parents(nodes)
    for node, path in outside_inputs(nodes):
        if not path.is_file():
            raise UserError(f"node {node.name} reads {path}, which is not there and which no node writes")
    # A second signal kills the commands at work, which takes the runner's loop.
    request = StopRequest(second_interrupts=False)
    with locked(state_dir / lock_name) as lock, request.listening():
        console: Console = OutputConsole(nodes, jobs) if show_output else StatusLines(nodes, jobs, state_dir)
        work = NodeJobs(states, lock, num_jobs=jobs, has_logs=not show_output or jobs > 1)
        try:
            _Run(nodes, above, work, console, request, redo_outdated).run()
        finally:
            work.break_off(request)


class _Run:
    """The order of a call's nodes: from waiting to settled, and between them ready and at work where there is work."""

    def __init__(
        self,
        nodes: Sequence[Node],
        above: Mapping[str, Sequence[str]],
        work: NodeJobs,
        console: Console,
        request: StopRequest,
        redo_outdated: bool,
    ) -> None:
        self._positions = {node.name: number for number, node in enumerate(nodes)}
        self._waiting = list(nodes)
        self._above = above
        self._work = work
        self._states = work.states
        self._console = console
        self._request = request
        self._redo_outdated = redo_outdated
        self._ready: list[Node] = []
        self._settled: set[str] = set()
        # By node what its command found outdated; removed at its next start, so that this comes once a call.
        self._refusals: dict[str, str] = {}
        self._failure: UserError | StoppedError | None = None

    def run(self) -> None:
        """Runs all nodes that are not done."""
        self._console.tell_done_before(self._settle())
        self._refuse_outdated()
        self._start_ready()
        while self._work.jobs:
            self._stop_if_asked()
            ended = self._work.take_ended()
            for job in [*ended, *self._work.jobs]:
                if job.log_file is not None:
                    self._console.tell_output(job.node, job.new_lines)
            if not ended:
                time.sleep(_POLL_SECONDS)
                continue
            well = [job for job in ended if self._finish(job)]
            done = self._settle()
            for job in well:
                self._console.tell_end(job.node, job.seconds, self._at_work())
            if done:
                self._console.tell_done_before(done)
            self._start_ready()
        if self._failure:
            raise self._failure

    def _stop_if_asked(self) -> None:
        if self._request.is_made:
            raise self._request.error()

    def _settle(self) -> list[Node]:
        """Sorts the waiting nodes whose parents are settled into ready and done ones; returns the latter."""
        done = []
        for node in list(self._waiting):
            self._stop_if_asked()
            if not self._settled.issuperset(self._above[node.name]):
                continue
            self._waiting.remove(node)
            if self._states.judge(node).is_done:
                self._settled.add(node.name)
                done.append(node)
            else:
                self._ready.append(node)
        self._ready.sort(key=lambda node: self._positions[node.name])
        return done

    def _at_work(self) -> list[tuple[Node, float]]:
        """Returns the nodes at work and those that will start at once, with the seconds so far."""
        starting = [] if self._failure else self._ready[: self._work.num_free]
        return [(job.node, job.seconds_at_work) for job in self._work.jobs] + [
            (node, 0.0) for node in starting
        ]

    def _refuse_outdated(self) -> None:
        """Raises UserError before anything is run if a node will turn out to be outdated, as far as is known now."""
        if self._redo_outdated:
            return
        unsettled = [*self._ready, *self._waiting]
        to_be_written = {path for node in unsettled for path in node.outputs}
        changes = {node.name: self._states.judge(node, to_be_written).change for node in unsettled}
        outdated = {name: change for name, change in changes.items() if change}
        if outdated:
            name, change = next(iter(outdated.items()))
            raise _outdated(name, change, len(outdated) - 1)

    def _start_ready(self) -> None:
        while self._ready and self._work.num_free and not self._failure:
            num_starting = min(self._work.num_free, len(self._ready))
            node = self._ready.pop(0)
            change = self._states.judge(node).change or self._refusals.get(node.name, "")
            if change and not self._redo_outdated:
                self._fail(_outdated(node.name, change))
                return
            if change:
                self._states.forget(node)
            self._console.tell_start(node)
            self._work.start(node, num_starting)

    def _finish(self, job: Job) -> bool:
        """Notes how a node has ended; returns whether it ended well."""
        try:
            job.check()
            self._states.finish(job.node)
        except OutdatedFolderError as error:
            self._states.end(job.node)
            self._refuse(job.node, error)
            return False
        except (UserError, StoppedError) as error:
            self._states.end(job.node)
            self._fail(error)
            return False
        self._settled.add(job.node.name)
        return True

    def _refuse(self, node: Node, refusal: OutdatedFolderError) -> None:
        """Lets a node whose command found its folder outdated start again, once and if that is wanted."""
        if node.name in self._refusals:
            self._fail(UserError(f"node {node.name} failed again after its folder was removed: {refusal}"))
            return
        if self._failure or not self._redo_outdated:
            self._fail(_outdated(node.name, str(refusal)))
            return
        print(f"node {node.name} is outdated and done again: {refusal}", flush=True)
        self._refusals[node.name] = str(refusal)
        self._ready.insert(0, node)

    def _fail(self, failure: UserError | StoppedError) -> None:
        """Lets nothing more start; the first failure is told at the end."""
        if self._failure:
            print(f"and {failure}", flush=True)
            return
        self._failure = failure
        if self._work.jobs:
            names = ", ".join(job.node.name for job in self._work.jobs)
            print(f"{failure}\nnothing more is started; what is at work may finish: {names}", flush=True)


def _outdated(name: str, change: str, num_more: int = 0) -> UserError:
    more = f" ({num_more} more nodes are outdated)" if num_more else ""
    return UserError(
        f"node {name} is outdated: {change}{more}; --redo_outdated removes what such nodes wrote and runs them again, "
        "or choose another output folder"
    )
