"""Kamailio's configuration files: from the text to what they say.

preprocessor   #!define, #!ifdef, include_file …: one text, of which each line knows its file and line
nodes          what the grammar makes of it: settings, modules, routes; statements and expressions
grammar.lark   the grammar
parser         text to nodes, and the error that names the place
expressions    expressions, compiled to closures over the run of one request
compiler       the same for routes: a program
"""
