"""Routing scripts in Python.

routes      the decorators that say what a function of a script is for
request     what such a function is given: the request, and Kamailio's functions as methods
functions   those methods, from the table in `routing.script`
calling     one call of a function of the table with Python's values
loading     a file becomes a script, or an error that names its line; `checking` reads what stands in it
script      a loaded script: its routes run, its faults named
waiting     what a route may ``await``
methods     what python_exec() calls
modules     those beside a script, which are read again with it
kemi        scripts as Kamailio's own Python interface (KEMI) has them: the module KSR, by `kemi_core`, `kemi_modules`,
            `kemi_variables` and `kemi_kx`
"""
