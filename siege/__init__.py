"""The siege: what is promised for when things go wrong, tried for real, at full size, with a figure and a verdict.

    make siege                          every siege, and the table of docs/reliability.md
    python -m siege                     lists them
    python -m siege kills overload      these two
    python -m siege soak --scale 0.02   a soak of a minute and twelve seconds instead of an hour

Each siege is a module: its docstring says what is done and what has to hold, its `run` does it and reports. `make test`
runs them at a small scale (`tests/siege`).
"""
