import socket

from txdispatcher.proxy.actions import Send
from txdispatcher.proxy.hop import Address

BATCH: int
MAX_DATAGRAM: int

class Datagrams:
    refused: int
    def __init__(self, sock: socket.socket) -> None: ...
    def receive(self) -> list[tuple[bytes, Address]]: ...
    def send(self, sends: list[Send], start: int) -> int: ...
