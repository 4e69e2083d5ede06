"""An identity provider for tests: the authorisation code flow with PKCE, RS256 tokens. Whoever comes is signed in at once.
Keys and signatures are made by openssl."""
import base64
import hashlib
import http.server
import json
import pathlib
import secrets
import subprocess
import tempfile
import threading
import time
import urllib.parse


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class OidcIssuer:
    """`lifetime_s`: of tokens. `requests` holds what came, for the test to look at."""

    def __init__(self, audience="backtest", lifetime_s=600):
        self.audience, self.lifetime_s = audience, lifetime_s
        self.codes, self.requests = {}, []
        self.key = pathlib.Path(tempfile.mkdtemp(prefix="backtest-issuer-")) / "key.pem"
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True, capture_output=True)
        modulus = subprocess.run(["openssl", "rsa", "-in", self.key, "-noout", "-modulus"], check=True, capture_output=True,
                                 text=True).stdout.strip().split("=")[1]
        self.modulus = base64url(bytes.fromhex(modulus))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def token(self, **more_claims):
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.audience, "sub": "ada", "iat": now, "exp": now + self.lifetime_s,
                  **more_claims}
        parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "1", "typ": "JWT"}, claims)]
        signed = ".".join(parts)
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=signed.encode(), check=True,
                                   capture_output=True).stdout
        return f"{signed}.{base64url(signature)}"

    def authorize(self, query):
        code = secrets.token_hex(8)
        self.codes[code] = query
        back = urllib.parse.urlencode({"code": code, "state": query["state"]})
        return f"{query['redirect_uri']}?{back}"

    def exchange(self, form):
        """The answer to a code, once; None where code, verifier or redirect do not fit."""
        query = self.codes.pop(form.get("code"), None)
        if query is None or form.get("redirect_uri") != query["redirect_uri"]:
            return None
        challenge = base64url(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if query.get("code_challenge_method") != "S256" or challenge != query.get("code_challenge"):
            return None
        return {"access_token": self.token(), "token_type": "Bearer", "expires_in": self.lifetime_s}

    def handler(self):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, body, headers=()):
                data = json.dumps(body).encode()
                self.send_response(status)
                for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(data))),
                                    ("Access-Control-Allow-Origin", "*"), *headers):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                issuer.requests.append(self.path)
                if url.path == "/.well-known/openid-configuration":
                    self.answer(200, {"issuer": issuer.url, "authorization_endpoint": f"{issuer.url}/authorize",
                                      "token_endpoint": f"{issuer.url}/token", "jwks_uri": f"{issuer.url}/keys"})
                elif url.path == "/keys":
                    self.answer(200, {"keys": [{"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig",
                                                "n": issuer.modulus, "e": "AQAB"}]})
                elif url.path == "/authorize":
                    query = dict(urllib.parse.parse_qsl(url.query))
                    self.answer(302, {}, [("Location", issuer.authorize(query))])
                else:
                    self.answer(404, {"error": "not_found"})

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                issuer.requests.append(self.path)
                granted = issuer.exchange(form) if self.path == "/token" else None
                self.answer(200, granted) if granted else self.answer(400, {"error": "invalid_grant"})

            def log_message(self, *_):
                pass

        return Handler
