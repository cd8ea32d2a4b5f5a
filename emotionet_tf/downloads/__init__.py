"""The photos behind a label list's URLs: lists -> ledger -> queue of hosts -> fetch -> check -> store -> table."""
