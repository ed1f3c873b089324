"""The inner seam: what the house asks of whatever keeps its record.

port       Store: the specification, in its docstrings
verbs      what can be done, as data
queries    what can be asked, as data
evaluation what a query means, in plain Python
"""
