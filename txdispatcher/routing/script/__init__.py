"""What scripts of every kind share.

table                    functions by name: what each takes, and where it may be called
functions, functions_…   the functions, by Kamailio's modules
run                      one request under a script: what has been decided so far
reply                    a response as reply routes see it
edits                    what is done to a message's lines
modules                  what functions keep between requests: hash_tables, addresses, flooding, pipes, counters, dialogs
module_settings          what modparams say to them
dialog_watch             when the calls of `dialogs` begin and end
identities               From and To with other URIs
http                     a request of HTTP as a route sees it
elsewhere                functions that are not there, and the nearest that is
suspended                a route that waits
texts                    pseudo-variables in a script's texts, and what assigns to them
run_variables            those that a script alone has; header_variables, clock_variables, table_variables hold some of them
address_writers          assignments to From and To
selects                  SER's ``@from.uri.user``: the variable that gives the same
accounting               which transactions are accounted, and with what
reference                docs/script-reference.md, from the tables
route                    a `proxy` Router that asks a script
"""
