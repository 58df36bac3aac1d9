# SPDX-License-Identifier: Apache-2.0
"""How tests wait: for an event, up to a deadline, never for an amount of time.

`seconds(5)` is five seconds on an ordinary build and more on a slow one
(HOLDFAST_TEST_PATIENCE, set by `./dev test` for sanitizers). `scaled(2000)` is
how many of something to use (HOLDFAST_TEST_SCALE divides it).

The only sleeps of the tests are in this file.
"""
import os
import time

PATIENCE = float(os.environ.get("HOLDFAST_TEST_PATIENCE", "1"))
SCALE = float(os.environ.get("HOLDFAST_TEST_SCALE", "1"))


def seconds(amount):
    return amount * PATIENCE


def scaled(amount, least=1):
    return max(least, int(amount / SCALE))


class Deadline:
    """A moment by which something must have happened."""

    def __init__(self, amount=5.0, what="it"):
        self.end = time.monotonic() + seconds(amount)
        self.what = what

    def left(self):
        """Seconds until then; fails when there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"{self.what} did not happen in time")
        return left


def until(question, what, amount=5.0):
    """Asks again and again until the answer is true, and returns that answer."""
    deadline = Deadline(amount, what)
    while True:
        answer = question()
        if answer:
            return answer
        deadline.left()
        time.sleep(0.01)


def until_steady(measure, what, still=0.4, amount=20.0):
    """Waits until `measure()` has not changed for `still` seconds, and returns it.

    For things whose end nobody announces: a sender that is blocked.
    """
    deadline = Deadline(amount, what)
    value, since = measure(), time.monotonic()
    while time.monotonic() - since < seconds(still):
        deadline.left()
        time.sleep(0.02)
        now = measure()
        if now != value:
            value, since = now, time.monotonic()
    return value


def pause(amount):
    """For a peer that is slow on purpose (an origin's dribble); never to wait for the broker."""
    time.sleep(amount)
