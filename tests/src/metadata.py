"""Gives credentials as the services around AWS do: argv is the key's id and the portal's token."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY, TOKEN = sys.argv[1:]
END = "2099-01-01T00:00:00Z"
KEYS = {"AccessKeyId": KEY, "SecretAccessKey": "any", "Token": "any", "Expiration": END}
PORTAL = {"accessKeyId": KEY, "secretAccessKey": "any", "sessionToken": "any", "expiration": 4070908800000}
ROLES = "/latest/meta-data/iam/security-credentials/"
ANSWERS = {
    "/container": json.dumps(KEYS),
    ROLES: "role",
    ROLES + "role": json.dumps({**KEYS, "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z"}),
    "/federation/credentials": json.dumps({"roleCredentials": PORTAL}),
}
ERRORS = {401: "UnauthorizedException", 403: "ForbiddenException"}


class Handler(BaseHTTPRequestHandler):
    def do_PUT(self):
        self.say(200, "a token")

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/federation/credentials" and self.headers["x-amz-sso_bearer_token"] != TOKEN:
            self.say(401, json.dumps({"message": "Session token not found or invalid"}))
        elif "role_name=Stranger" in self.path:
            self.say(403, json.dumps({"message": "No access"}))
        else:
            self.say(200 if path in ANSWERS else 404, ANSWERS.get(path, ""))

    def say(self, status, text):
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.send_header("x-aws-ec2-metadata-token-ttl-seconds", "21600")
        if status in ERRORS:
            self.send_header("x-amzn-errortype", ERRORS[status])
        self.end_headers()
        self.wfile.write(text.encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
