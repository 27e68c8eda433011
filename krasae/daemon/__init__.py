"""The daemon: when things are done, never what. `krasae run` starts it.

One thread for each source, one that writes what they hear, one that does the jobs in turn.
"""
