"""sidestep's kit: what makes the Python of a debug replica debuggable, at run time.

Only `start`, `config`, `hooks` and `servers` are loaded when Python starts; the rest when it is
needed.
"""
