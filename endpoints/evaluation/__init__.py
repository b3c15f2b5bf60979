"""Evaluation of public SPARQL texts, outside the web processes.

    web process ── client ──AF_UNIX──▶ fork_server ──forks──▶ worker (one query at a time)

The fork server loads a release's graph once, then forks single-threaded workers that share its memory. It owns
the queue and the deadlines: a worker that is late, too large or whose client has left is killed and forked anew.
"""
