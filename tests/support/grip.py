# SPDX-License-Identifier: Apache-2.0
"""Answers and items in GRIP's words."""
import base64
import hashlib
import hmac
import json

from support.origin import answer


def stream_hold(*channels, body=b"", headers=(), status=200, reason="OK"):
    """An answer that makes a stream of the request."""
    told = [("Content-Type", "text/plain"), ("Grip-Hold", "stream")]
    told += [("Grip-Channel", channel) for channel in channels]
    return answer(status, told + list(headers), body, reason)


def poll_hold(*channels, body=b"", headers=(), status=200, reason="OK", timeout=None):
    """An answer that holds the request until a message comes, and is the answer when none does."""
    told = [("Content-Type", "text/plain"), ("Grip-Hold", "response")]
    told += [("Grip-Channel", channel) for channel in channels]
    told += [("Grip-Timeout", timeout)] if timeout is not None else []
    return answer(status, told + list(headers), body, reason)


def grip_instruct(instruction, headers=(), status=200):
    """The JSON form; `instruction` may be bytes that are no JSON at all."""
    if not isinstance(instruction, bytes):
        instruction = json.dumps(instruction).encode()
    return answer(status, [("Content-Type", "application/grip-instruct"), *headers], instruction)


def stream_item(channel, content, **more):
    """An item for streams; bytes travel as content-bin."""
    if isinstance(content, bytes):
        form = {"content-bin": base64.b64encode(content).decode()}
    else:
        form = {"content": content}
    return {"channel": channel, "formats": {"http-stream": form}, **more}


def poll_item(channel, body=None, /, **fields):
    """An item for long-polls; bytes travel as body-bin. `id` and `prev_id` are the item's."""
    names = {"id": "id", "prev_id": "prev-id"}
    item = {names[name]: fields.pop(name) for name in names if name in fields}
    form = {name.replace("_", "-"): value for name, value in fields.items()}
    if isinstance(body, bytes):
        form["body-bin"] = base64.b64encode(body).decode()
    elif body is not None:
        form["body"] = body
    return {"channel": channel, "formats": {"http-response": form}, **item}


def ws_item(channel, content=None, /, **fields):
    """An item for WebSockets; bytes travel as content-bin."""
    form = {name.replace("_", "-"): value for name, value in fields.items()}
    if isinstance(content, bytes):
        form["content-bin"] = base64.b64encode(content).decode()
    elif content is not None:
        form["content"] = content
    return {"channel": channel, "formats": {"ws-message": form}}


def close_item(channel):
    return {"channel": channel, "formats": {"http-stream": {"action": "close"}}}


# Grip-Sig, verified without the broker's libraries.


def _unpad(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def token_parts(token):
    """Returns: header, claims, what was signed, signature."""
    head, claims, signature = token.split(".")
    return (json.loads(_unpad(head)), json.loads(_unpad(claims)), f"{head}.{claims}".encode(),
            _unpad(signature))


def is_signed_hs256(token, secret):
    head, _, signed, signature = token_parts(token)
    wanted = hmac.new(secret, signed, hashlib.sha256).digest()
    return head["alg"] == "HS256" and hmac.compare_digest(wanted, signature)


def is_signed_with(token, public_key):
    """ES256 or RS256, by the kind of `public_key` (of python3-cryptography)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    head, _, signed, signature = token_parts(token)
    try:
        if head["alg"] == "ES256":
            assert len(signature) == 64, len(signature)
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            public_key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        elif head["alg"] == "RS256":
            public_key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def make_token(key, claims, **header):
    """A token as an origin, a publisher or another proxy would make it: HS256 with bytes, ES256 or
    RS256 with a private key of python3-cryptography."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    def pad_free(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    name = "HS256" if isinstance(key, bytes) else \
        "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256"
    signed = pad_free(json.dumps({"typ": "JWT", "alg": name, **header}).encode()) + b"." + \
        pad_free(json.dumps(claims).encode())
    if name == "HS256":
        signature = hmac.new(key, signed, hashlib.sha256).digest()
    elif name == "ES256":
        pair = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        signature = b"".join(half.to_bytes(32, "big") for half in pair)
    else:
        signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return (signed + b"." + pad_free(signature)).decode()
