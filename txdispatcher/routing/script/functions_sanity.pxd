from txdispatcher.routing.script.run cimport Run
