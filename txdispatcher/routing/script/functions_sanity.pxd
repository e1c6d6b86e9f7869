from txdispatcher.proxy.context cimport unsupported
from txdispatcher.routing.script.run cimport Run
from txdispatcher.sip.address cimport address_uri, param_span
from txdispatcher.sip.message cimport Request
from txdispatcher.sip.uri cimport parse_uri
