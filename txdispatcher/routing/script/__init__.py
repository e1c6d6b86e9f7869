"""What scripts of every kind share.

table                    functions by name: what each takes, and where it may be called
functions, functions_…   the functions, by Kamailio's modules
run                      one request under a script: what has been decided so far
texts                    pseudo-variables in a script's texts, and what assigns to them
transformations          ``{s.len}`` and their like
route                    a `proxy` Router that asks a script
"""
