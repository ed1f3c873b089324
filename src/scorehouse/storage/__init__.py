"""The inner seam: what the house asks of whatever keeps its record.

port       Store: the specification, in its docstrings
verbs      what can be done, as data
queries    what can be asked, as data
columns    things as columns, for reading very many
evaluation what a query means, in plain Python
score_values
           where the fields of a query stand in a Score
"""
