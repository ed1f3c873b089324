"""The verbs of the house, thin and without HTTP: what every dialect does, done once.

house      House: the store, the clock and the mint, handed in
record     record scores
revise     change scores, traces and spans
find       read one, list many
follow     tell what happens, as it happens
forget     delete
export     move out: everything of one kind, or what changed of it
retention  remove what is too old
anchor     take in traces and spans
registry   configs and evaluators
projects   projects that a project's administrators open within it
admit      who asks, and what they may do
"""
