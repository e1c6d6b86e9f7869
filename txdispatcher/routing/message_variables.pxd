from txdispatcher.proxy.context cimport Context
from txdispatcher.routing.variables cimport Variables, written
from txdispatcher.sip.address cimport address_uri, tag_span
from txdispatcher.sip.message cimport Request
from txdispatcher.sip.uri cimport Uri, parse_uri
