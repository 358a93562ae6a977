"""Sends the hand-built body of the seed thread with http.client.

Arguments: HOST PORT PATH TOKEN. The part named "file" has neither a filename nor a
Content-Type of its own. Prints the status, then the body.
"""

import http.client
import sys

host, port, path, token = sys.argv[1:]
boundary = "---011000010111000001101001"


def part(name, value):
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


payload = (
    part("name", "pic1.png")
    + part("file", "@/Users/username/Desktop/pic_1.png")
    + part("contentType", "image/png")
    + part("folder", "foldername")
    + f"--{boundary}--\r\n\r\n"
)
headers = {
    "Content-Type": f"multipart/form-data; boundary={boundary}",
    "X-API-TOKEN": token,
}
connection = http.client.HTTPConnection(host, int(port), timeout=10)
connection.request("POST", path, payload, headers)
answer = connection.getresponse()
print(answer.status)
print(answer.read().decode())
