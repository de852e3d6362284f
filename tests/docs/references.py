"""What a document names has to be there: files it links to, and tests."""

import os
import re

from blocks import ROOT

LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
TEST_NAME = re.compile(r"`(test_\w+)(?: ([\w-]+))?`")


def dead_references(file):
    """Links that lead to no file, and tests that are not there: `test_program word` names those with the word."""
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    dead = [link for link in LINK.findall(text) if not os.path.exists(os.path.join(os.path.dirname(file), link))]
    for program, word in TEST_NAME.findall(text):
        path = os.path.join(ROOT, "tests/system", f"{program}.py")
        if not os.path.exists(path) or not any(word in title for title in test_titles(path)):
            dead.append(f"{program} {word}".strip())
    return dead


def test_titles(path):
    """Of Suite.run_all, which chooses by title; one without words stands for the program."""
    with open(path, encoding="utf-8") as file:
        return ["", *re.findall(r'^ {4}"([^"]+)":', file.read(), re.MULTILINE)]
