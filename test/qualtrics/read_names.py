"""Reads multipart bodies with what Python ships and prints the names it finds, one JSON array a line.

Input: a JSON array of [content type, base64 body]. Each body's names are read twice: by `email`, as the
web frameworks built on it do (headers decoded as UTF-8), and by `cgi` where Python still has it (< 3.13).
"""

import base64
import email
import io
import json
import sys
import warnings

warnings.simplefilter("ignore")
try:
    import cgi
except ImportError:
    cgi = None


def read_by_email(content_type, body):
    text = "Content-Type: " + content_type + "\r\n\r\n" + body.decode("utf-8", "surrogateescape")
    parts = email.message_from_string(text).get_payload()
    # get_param, for get_filename() strips the name.
    name = parts[0].get_param("filename", header="content-disposition")
    return [name, parts[1].get_payload()]


def read_by_cgi(content_type, body):
    headers = {"content-type": content_type, "content-length": str(len(body))}
    form = cgi.FieldStorage(io.BytesIO(body), headers=headers, environ={"REQUEST_METHOD": "POST"})
    return [form["file"].filename, form["folder"].value]


for content_type, encoded in json.load(sys.stdin):
    body = base64.b64decode(encoded)
    found = {"email": read_by_email(content_type, body)}
    if cgi:
        found["cgi"] = read_by_cgi(content_type, body)
    print(json.dumps(found))
