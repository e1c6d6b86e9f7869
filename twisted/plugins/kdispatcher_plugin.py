"""What makes `twistd kdispatcher` known. This folder is Twisted's: an __init__.py here would hide every other plugin."""

from twisted.application.service import ServiceMaker

kdispatcher = ServiceMaker(
    "kdispatcher",
    "txdispatcher.app",
    "A SIP load balancer: what Kamailio's dispatcher module does, as a server of its own.",
    "kdispatcher",
)
