# SPDX-License-Identifier: Apache-2.0
"""What a WebSocket client may send, and what ends it: RFC 6455 to the letter."""
import pytest

from support.over_http import binary, echo, text
from support.websocket import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_payload,
                               fragments, frame)

ROUTES = ["* {origin},over_http"]


@pytest.fixture
def echoing(over_http, websocket):
    """A WebSocket whose origin echoes; `origin` is that origin."""
    origin = over_http(reply=echo)
    client = websocket()
    client.origin = origin
    return client


# messages


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 200000])
def test_messages_of_every_form_of_length_come_back(echoing, size):
    echoing.text("t" * size)
    echoing.expect_text("t" * size)
    echoing.binary(b"\xfe" * size)
    echoing.expect_binary(b"\xfe" * size)


def test_a_frame_may_arrive_byte_by_byte(echoing):
    for byte in frame(TEXT, "é" * 100) + frame(PING, "p") + frame(BINARY, b"\xff"):
        echoing.send(bytes([byte]))
    echoing.expect_text("é" * 100)
    echoing.expect(PONG, b"p")
    echoing.expect_binary(b"\xff")


def test_many_frames_may_arrive_at_once(echoing):
    echoing.send(b"".join(frame(TEXT, f"<{number}>") for number in range(500)))
    for number in range(500):
        echoing.expect_text(f"<{number}>")


@pytest.mark.parametrize("mask", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x00\xff\x00\xff"])
def test_any_mask_is_a_mask(echoing, mask):
    echoing.send(frame(TEXT, "masked", mask=mask))
    echoing.expect_text("masked")


def test_binary_messages_are_any_bytes(echoing):
    echoing.binary(bytes(range(256)))
    echoing.expect_binary(bytes(range(256)))


def test_fragments_are_one_message(echoing):
    echoing.send(fragments(TEXT, "one ", "", "two ", "three"))
    echoing.expect_text("one two three")
    echoing.send(fragments(BINARY, *[b"\xff"] * 1000))
    echoing.expect_binary(b"\xff" * 1000)
    assert echoing.origin.events() == [("TEXT", b"one two three"), ("BINARY", b"\xff" * 1000)]


def test_empty_fragments_are_an_empty_message(echoing):
    echoing.send(fragments(TEXT, "", "", ""))
    echoing.expect_text("")


def test_control_frames_may_stand_between_fragments(echoing):
    first, last = frame(TEXT, "ab", fin=False), frame(CONTINUATION, "cd")
    echoing.send(first + frame(PING, "1") + frame(PONG, "unasked") + frame(PING, "2"))
    echoing.expect(PONG, "1")
    echoing.expect(PONG, "2")
    echoing.send(last)
    echoing.expect_text("abcd")
    assert echoing.origin.events() == [("PING", b"1"), ("PONG", b"unasked"), ("PING", b"2"),
                                       ("TEXT", b"abcd")]


@pytest.mark.parametrize("size", [0, 1, 125])
def test_a_ping_comes_back_as_it_was(echoing, size):
    echoing.ping(b"\xfe" * size)
    echoing.expect(PONG, b"\xfe" * size)


def test_a_character_may_be_cut_by_fragments(echoing):
    said = "Grüße, Κόσμε, 世界 🌍"
    echoing.send(fragments(TEXT, *(bytes([byte]) for byte in said.encode())))
    echoing.expect_text(said)


# what breaks the protocol


BROKEN = {
    **{f"reserved bits {bits} on text": frame(TEXT, "x", rsv=bits) for bits in range(1, 8)},
    "a reserved bit on a continuation": frame(TEXT, "x", fin=False) + frame(CONTINUATION, rsv=4),
    "a reserved bit on a ping": frame(PING, rsv=1),
    "a reserved bit on a close": frame(CLOSE, close_payload(1000), rsv=2),
    **{f"opcode {opcode}": frame(opcode) for opcode in (*range(3, 8), *range(11, 16))},
    "text without a mask": frame(TEXT, "x", mask=None),
    "an empty text without a mask": frame(TEXT, mask=None),
    "a ping without a mask": frame(PING, "x", mask=None),
    "a close without a mask": frame(CLOSE, close_payload(1000), mask=None),
    "a ping of 126 bytes": frame(PING, "x" * 126),
    "a pong of 126 bytes": frame(PONG, "x" * 126),
    "a ping of 70,000 bytes": frame(PING, "x" * 70000),
    "a ping in fragments": fragments(PING, "a", "b"),
    "a pong in fragments": fragments(PONG, "a", "b"),
    "a close in fragments": fragments(CLOSE, b"\x03", b"\xe8"),
    "a continuation of nothing": frame(CONTINUATION, "x"),
    "a message inside another": frame(TEXT, "a", fin=False) + frame(TEXT, "b"),
    "a binary one inside a text": frame(TEXT, "a", fin=False) + frame(BINARY, "b", fin=False),
    "5 bytes in 16 bits of length": frame(TEXT, "hello", form=16),
    "5 bytes in 64 bits of length": frame(TEXT, "hello", form=64),
    "300 bytes in 64 bits of length": frame(TEXT, "x" * 300, form=64),
    "a ping of 5 bytes in 16 bits of length": frame(PING, "hello", form=16),
    "a close of one byte": frame(CLOSE, b"x"),
    "a close of 126 bytes": frame(CLOSE, close_payload(1000, "x" * 124)),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_what_breaks_the_protocol_ends_with_1002(echoing, broker, data):
    echoing.text("before")
    echoing.expect_text("before")
    echoing.send(data)
    echoing.expect_failure(1002)
    broker.wait_metric("holds", 0)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000,
                                  65535])
def test_a_close_code_that_nobody_may_send_ends_with_1002(echoing, code):
    echoing.close(code)
    echoing.expect_failure(1002)


def test_the_top_bit_of_a_length_must_not_be_set(echoing):
    echoing.send(frame(BINARY, b"hello", form=64, claims=1 << 63 | 5))
    echoing.expect_failure(1002, 1009)


def test_what_comes_behind_a_broken_frame_does_not_hide_why(echoing):
    """Unread bytes at a close would be a reset, and a reset would take our close frame along."""
    echoing.connection.try_send(frame(TEXT, "x", rsv=4) + frame(TEXT, "y" * 100000) * 5)
    echoing.expect_failure(1002)


def test_nothing_behind_a_broken_frame_reaches_the_origin(echoing):
    echoing.send(frame(TEXT, "good") + frame(3) + frame(TEXT, "late"))
    echoing.origin.wait("DISCONNECT", None)
    assert [content for kind, content in echoing.origin.events() if kind == "TEXT"] in (
        [], [b"good"])


def test_the_origin_is_told_that_a_broken_websocket_is_over(echoing):
    echoing.send(frame(TEXT, "x", mask=None))
    echoing.expect_failure(1002)
    echoing.origin.wait("DISCONNECT", None)


# text


SOUND = ["\0", "\x7f", "\x80", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff",
         "\U00010000", "\U0010ffff", "\ufeff"]
UNSOUND = {
    "a lone continuation": b"\x80", "all continuations": bytes(range(0x80, 0xc0)),
    "a starter and a space": b"\xc3 ", "a starter at the end": b"a\xc3",
    "three bytes of four": b"\xf0\x9f\x8c", "an overlong slash": b"\xc0\xaf",
    "an overlong slash of three": b"\xe0\x80\xaf", "an overlong NUL of four": b"\xf0\x80\x80\x80",
    "the longest overlong of three": b"\xe0\x9f\xbf", "a high surrogate": b"\xed\xa0\x80",
    "a low surrogate": b"\xed\xbf\xbf", "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "beyond the last code point": b"\xf4\x90\x80\x80", "a starter of five": b"\xf8\x88\x80\x80\x80",
    "fe": b"\xfe", "ff": b"\xff",
}


def test_every_code_point_is_text(echoing):
    for said in SOUND:
        echoing.text(said)
        echoing.expect_text(said)


@pytest.mark.parametrize("data", UNSOUND.values(), ids=UNSOUND.keys())
def test_text_that_is_not_utf8_ends_with_1007(echoing, data):
    echoing.frame(TEXT, data)
    echoing.expect_failure(1007)


def test_text_in_fragments_is_checked_as_one(echoing):
    echoing.send(fragments(TEXT, b"\xce", b"\xba\xe1", b"\xbd", b"\xb9 fine"))
    echoing.expect_text("\u03ba\u1f79 fine")
    echoing.send(fragments(TEXT, b"\xce", b"\xce\xba"))
    echoing.expect_failure(1007)


def test_text_that_ends_in_the_middle_of_a_character_ends_with_1007(echoing):
    echoing.send(fragments(TEXT, "whole", b"\xe4\xb8"))
    echoing.expect_failure(1007)


@pytest.mark.parametrize("data", [
    frame(TEXT, b"fine \xf4\x90", fin=False), frame(TEXT, b"\xed\xa0", fin=False),
    frame(TEXT, b"fine", fin=False) + frame(CONTINUATION, b"\xff", fin=False),
    frame(TEXT, b"\xff" + b"x" * 100)[:8], frame(TEXT, b"\xff" + b"x" * 70000)[:20],
], ids=["a byte too high", "a surrogate begun", "a later fragment", "a frame that has begun",
        "a long frame that has begun"])
def test_a_bad_byte_is_answered_at_once_and_not_at_the_end_of_its_message(echoing, data):
    echoing.send(data)
    echoing.expect_failure(1007)


def test_a_control_frame_in_between_does_not_disturb_the_check(echoing):
    echoing.send(frame(TEXT, b"\xe4\xb8", fin=False) + frame(PING, b"\xff\xfe") +
                 frame(CONTINUATION, b"\xad"))
    echoing.expect(PONG, b"\xff\xfe")
    echoing.expect_text("\u4e2d")


def test_a_close_reason_that_is_not_utf8_ends_with_1007(echoing):
    echoing.close(1000, b"\xff")
    echoing.expect_failure(1007)


# limits


@pytest.fixture
def narrow(origin, start_broker, over_http, websocket):
    """A WebSocket of a broker that takes messages of 1000 bytes; its origin echoes."""
    broker = start_broker("--limit", "ws_message_bytes=1000",
                          routes=[f"* {origin.address},over_http"])
    over_http(reply=echo)
    return websocket(port=broker.port)


def test_the_largest_message_is_taken(narrow):
    narrow.text("x" * 1000)
    narrow.expect_text("x" * 1000)
    narrow.send(fragments(BINARY, b"x" * 500, b"x" * 500))
    narrow.expect_binary(b"x" * 1000)


@pytest.mark.parametrize("data", [
    frame(TEXT, "x" * 1001), fragments(TEXT, "x" * 500, "x" * 501),
    frame(TEXT, "x" * 5000), frame(BINARY, b"x", claims=1001)[:8],
    frame(BINARY, b"x", claims=1 << 62), frame(BINARY, b"x", claims=(1 << 63) - 1),
], ids=["one byte more", "in fragments", "much more", "the head is enough", "2^62", "2^63 - 1"])
def test_a_message_beyond_the_limit_ends_with_1009(narrow, data):
    narrow.connection.try_send(data)
    narrow.expect_failure(1009)


def test_a_message_that_never_ends_ends_with_1009(narrow):
    narrow.send(frame(TEXT, "x", fin=False))
    for _ in range(2000):
        if not narrow.connection.try_send(frame(CONTINUATION, "x", fin=False)):
            break
    narrow.expect_failure(1009)


def test_a_reason_fits_into_its_frame(narrow):
    narrow.send(frame(TEXT, "x" * 1001))
    assert len(narrow.expect_failure(1009).encode()) <= 123


# from the origin


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 900000])
def test_the_origins_messages_come_in_frames_of_the_right_form(over_http, websocket, size):
    over_http(opening=[text("t" * size), binary(b"\xff" * 100)])
    client = websocket()
    client.expect_text("t" * size)
    client.expect_binary(b"\xff" * 100)
