"""Bytes <-> SIP messages. No clock, no sockets, no policy.

octets    byte primitives on spans
headers   the header fields that are looked at, as numbers
message   one datagram -> Request | Response, or ParseError
uri       sip:, sips:, tel: taken apart
address   the values of From, To, Contact, Route
via       one Via value
edit      splicing: push and pop a Via, pop a Route
build     responses, and the ACK and CANCEL of a hop
reasons   reason phrases
reply_codes  which status codes are a good answer to a ping
"""
