"""RFC 4475 3.1.1: messages that look odd and are correct. A proxy sends them on and touches nothing that is not its own."""

from __future__ import annotations

from tests.conformance.torture import answered, kept, message, relayed
from tests.proxy.bench import Bench, words

SDP = b"v=0\r\no=alice 1 1 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\nm=audio 49217 RTP/AVP 0 12\r\n"


def test_3_1_1_1_wsinv_blanks_and_folds_wherever_they_may_stand() -> None:
    data = message(
        rf"""
        INVITE sip:victor@desk.example.com;what-is-this SIP/2.0
        TO :
         sip:victor@desk.example.com ;   tag    = 19181833n
        from   : "Alice A \\\""       <sip:alice@example.com>
          ;
          tag = 98asjd8
        MaX-fOrWaRdS: 0068
        Call-ID: wsinv.folded@192.0.2.1
        Content-Length   : {len(SDP)}
        cseq: 0009
          INVITE
        Via  : SIP  /   2.0
         /UDP
            192.0.2.2;branch=390skdjuw
        s :
        NewFangledHeader:   a new value
         that goes on
        UnknownHeaderWithUnusualValue: ;;,,;;,;
        Content-Type: application/sdp
        Route:
         <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
        v:  SIP  / 2.0  / TCP     spindle.example.com   ;
          branch  =   z9hG4bK9ikj8  ,
         SIP  /    2.0   / UDP  192.168.255.111   ; branch=
         z9hG4bK30239
        m:"Quoted string \"\"" <sip:alice@example.com> ; newparam =
              newvalue ;
          secondparam ; q = 0.33
        """,
        SDP,
    )
    left = relayed(data)
    assert left.first == b"INVITE sip:victor@desk.example.com;what-is-this SIP/2.0"
    assert b"\r\nMaX-fOrWaRdS: 67\r\n" in left.data
    assert b"192.0.2.2;branch=390skdjuw;received=192.0.2.1\r\n" in left.data


def test_3_1_1_2_intmeth_every_character_that_is_allowed() -> None:
    method = "!odd-Method0123456789_*+`.%indeed'~"
    uri = "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    data = message(
        rf"""
        {method} {uri}:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
        Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
        To: "BEL:\{chr(7)} NUL:\{chr(0)} DEL:\{chr(127)}" <{uri}@example.com>
        From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="работающий";tag=_token~1'+`*%!-.
        Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}}{{
        CSeq: 139122385 {method}
        Max-Forwards: 255
        extensionHeader-!.%*+_`'~:大停電
        Content-Length: 0
        """
    )
    left = relayed(data)
    assert left.word == method.encode()
    assert left.values(b"Max-Forwards") == [b"254"]


def test_3_1_1_3_esc01_escapes_are_left_as_they_came() -> None:
    data = message(
        f"""
        INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
        To: sip:%75se%72@example.com
        From: <sip:I%20have%20spaces@example.net>;tag=938
        Max-Forwards: 87
        i: esc01.percent
        CSeq: 234234 INVITE
        Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
        C: application/sdp
        Contact:
          <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
        Content-Length: {len(SDP)}
        """,
        SDP,
    )
    assert relayed(data).uri == b"sip:sips%3Auser%40example.com@example.net"


def test_3_1_1_4_escnull_a_nul_in_a_user_part() -> None:
    data = message(
        """
        REGISTER sip:example.com SIP/2.0
        To: sip:null-%00-null@example.com
        From: sip:null-%00-null@example.com;tag=839923423
        Max-Forwards: 70
        Call-ID: escnull.nothing
        CSeq: 14398234 REGISTER
        Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
        Contact: <sip:%00@host5.example.com>
        Contact: <sip:%00%00@host5.example.com>
        L:0
        """
    )
    assert kept(relayed(data).data)[0][-3:-1] == [
        b"Contact: <sip:%00@host5.example.com>",
        b"Contact: <sip:%00%00@host5.example.com>",
    ]


def test_3_1_1_5_esc02_percent_where_it_is_no_escape() -> None:
    data = message(
        """
        RE%47IST%45R sip:registrar.example.com SIP/2.0
        To: "%Z%45" <sip:resource@example.com>
        From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23
        Call-ID: esc02.percent
        Via: SIP/2.0/UDP host.example.com;branch=z9hG4bK209%fzsnel234
        CSeq: 29344 RE%47IST%45R
        Max-Forwards: 70
        Contact: <sip:alias1@host1.example.com>
        C%6Fntact: <sip:alias2@host2.example.com>
        Contact: <sip:alias3@host3.example.com>
        l: 0
        """
    )
    assert relayed(data).word == b"RE%47IST%45R"


def test_3_1_1_6_lwsdisp_no_blank_between_name_and_address() -> None:
    data = message(
        """
        OPTIONS sip:user@example.com SIP/2.0
        To: sip:user@example.com
        From: caller<sip:caller@example.com>;tag=323
        Max-Forwards: 70
        Call-ID: lwsdisp.none
        CSeq: 60 OPTIONS
        Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw
        l: 0
        """
    )
    assert relayed(data).values(b"From") == [b"caller<sip:caller@example.com>;tag=323"]


def test_3_1_1_7_longreq_long_values() -> None:
    long = "long" * 60
    vias = "\n        ".join(
        f"Via: SIP/2.0/TCP sip{number}.example.com;branch=z9hG4bKa{number}{'very' * 20}" for number in range(33, 0, -1)
    )
    data = message(
        f"""
        INVITE sip:user@example.com SIP/2.0
        To: "I have a {long} name" <sip:user@example.com:6000;unknownparam1=very{long}value;{long}=x>
        F: sip:a{long}user@example.com;tag=1{"2982" * 50}424;unknownheaderparam{long}=v{long};
        Call-ID: longreq.one{long}callid
        CSeq: 3882340 INVITE
        Unknown-{long}-Name: unknown-{long}-value; param-{long}
        Via: SIP/2.0/UDP sip34.example.com;branch=z9hG4bK34
        {vias}
        Max-Forwards: 70
        Contact: <sip:amazingly{long}callername@host5.example.net>
        Content-Type: application/sdp
        l: {len(SDP)}
        """,
        SDP,
    )
    assert len(data) > 6000
    assert len(relayed(data).values(b"Via")) == 35


def test_3_1_1_8_dblreq_what_follows_the_message_in_its_datagram_is_ignored() -> None:
    register = message(
        """
        REGISTER sip:example.com SIP/2.0
        To: sip:j.user@example.com
        From: sip:j.user@example.com;tag=43251j3j324
        Max-Forwards: 8
        I: dblreq.first
        Contact: sip:j.user@host.example.com
        CSeq: 8 REGISTER
        Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492
        Content-Length: 0
        """
    )
    invite = message(
        f"""
        INVITE sip:joe@example.com SIP/2.0
        t: sip:joe@example.com
        From: sip:caller@example.net;tag=141334
        Max-Forwards: 8
        Call-ID: dblreq.second
        CSeq: 8 INVITE
        Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw234
        Content-Type: application/sdp
        Content-Length: {len(SDP)}
        """,
        SDP,
    )
    bench = Bench()
    (left,) = bench.receive(register + invite)
    assert left.word == b"REGISTER"
    assert left.data.endswith(b"\r\n\r\n")
    assert b"dblreq.second" not in left.data


def test_3_1_1_9_semiuri_a_semicolon_in_a_user_part() -> None:
    data = message(
        """
        OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0
        To: sip:j_user@example.com
        From: sip:caller@example.org;tag=33242
        Max-Forwards: 3
        Call-ID: semiuri.user
        CSeq: 8 OPTIONS
        Accept: application/sdp, application/pkcs7-mime,
                multipart/mixed, multipart/signed,
                message/sip, message/sipfrag
        Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw
        l: 0
        """
    )
    bench = Bench()
    bench.receive(data)
    (context,) = bench.router.contexts
    assert (context.uri.user, context.uri.host) == (b"user;par=u%40example.net", b"example.com")
    relayed(data)


def test_3_1_1_10_transports_in_via_known_or_not() -> None:
    data = message(
        """
        OPTIONS sip:user@example.com SIP/2.0
        To: sip:user@example.com
        From: <sip:caller@example.com>;tag=323
        Max-Forwards: 70
        Call-ID: transports.many
        Accept: application/sdp
        CSeq: 60 OPTIONS
        Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw
        Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf
        Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj
        Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en
        Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee
        l: 0
        """
    )
    assert relayed(data).values(b"Via")[2:] == [
        b"SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf",
        b"SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj",
        b"SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en",
        b"SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee",
    ]


def test_3_1_1_11_mpart01_a_body_with_octets_of_every_kind() -> None:
    body = (
        b"--7a9cbec02ceef655\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nHello\r\n"
        b"--7a9cbec02ceef655\r\nContent-Type: application/octet-stream\r\n\r\n" + bytes(range(256)) * 2 + b"\r\n\r\n\x00"
        b"--7a9cbec02ceef655--\r\n"
    )
    data = message(
        f"""
        MESSAGE sip:kumiko@example.org SIP/2.0
        Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport
        Max-Forwards: 70
        Route: <sip:127.0.0.1:5080>
        Call-ID: mpart01.binary
        CSeq: 1 MESSAGE
        From: <sip:fluffy@example.com>;tag=2fb0dcc9
        To: <sip:kumiko@example.org>
        Content-Type: multipart/mixed;boundary=7a9cbec02ceef655
        Content-Length: {len(body)}
        """,
        body,
    )
    assert kept(relayed(data).data)[1] == body


def test_3_1_1_12_unreason_a_phrase_in_any_script() -> None:
    sent = answered(
        """
        SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое
        {vias}
        Call-ID: answered@phone.example.com
        CSeq: 1 INVITE
        From: <sip:alice@example.com>;tag=alice
        To: <sip:bob@example.com>;tag=2229
        Content-Length: 0
        """
    )
    assert words(sent) == [b"200"]
    assert sent[0].first == "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое".encode()


def test_3_1_1_13_noreason_a_phrase_that_is_empty() -> None:
    sent = answered(
        "SIP/2.0 100 \n{vias}\nCall-ID: answered@phone.example.com\nCSeq: 1 INVITE\n"
        "From: <sip:alice@example.com>;tag=alice\nTo: <sip:bob@example.com>\nContent-Length: 0"
    )
    assert sent == []  # A 100 is a hop's own (16.7 step 5) …
    sent = answered(
        "SIP/2.0 183 \n{vias}\nCall-ID: answered@phone.example.com\nCSeq: 1 INVITE\n"
        "From: <sip:alice@example.com>;tag=alice\nTo: <sip:bob@example.com>;tag=b\nContent-Length: 0"
    )
    assert [each.first for each in sent] == [b"SIP/2.0 183 "]
