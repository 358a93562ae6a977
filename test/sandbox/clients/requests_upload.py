"""Uploads one picture with requests.

Arguments: URL TOKEN PATH NAME FOLDER HOW, where HOW is "string" (the folder given as
a bare string, as the seed thread's question has it) or "tuple" (as its answer has it).
Prints the status, then the body.
"""

import sys

import requests

url, token, path, name, folder, how = sys.argv[1:]
with open(path, "rb") as picture:
    files = {
        "file": (name, picture, "image/jpeg"),
        "folder": folder if how == "string" else (None, folder),
    }
    answer = requests.post(url, headers={"x-api-token": token}, files=files, timeout=10)
print(answer.status_code)
print(answer.text)
