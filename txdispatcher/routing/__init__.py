"""What to do with a request: the default route and what it is made of.

variables   what is noted down with a request: AVPs, XAVPs, $var
message_variables  the pseudo-variables that the request itself has
pseudovariables    text with both kinds in it, compiled; a variable to be written
keys        the hash keys of each algorithm, taken from a request
access      who may call: callers, destinations, and the token of a dialog
rules       [[route.rule]]: conditions and what they decide
default     the default route: a `proxy` Router over `balancing`
"""
