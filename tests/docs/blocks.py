"""The fenced blocks of the documentation; run_blocks.py says what their first lines mean."""

import glob
import os
import re
import sys
from dataclasses import dataclass, field

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FENCE = re.compile(r"^```(\w*)(.*)$")
COMMANDS = {"sh": {"run", "shown"}, "yaml": {"lint", "save", "shown"}}     # what a block has to say, by language


def documents():
    return [os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "docs/**/*.md"), recursive=True)),
            *sorted(glob.glob(os.path.join(ROOT, "connectors/*/README.md")))]


@dataclass
class Block:
    file: str
    line: int
    language: str
    words: dict             # of the first line: `run`, `until` → "", `status=1` → "1"
    text: str
    expect: list = field(default_factory=list)      # lines
    unordered: bool = False

    def title(self):
        first = next((line for line in self.text.splitlines() if line.strip()), "")
        return f"{os.path.relpath(self.file, ROOT)}:{self.line}: {first[:70]}"


def read_blocks(file):
    """The blocks of a file that something is done with; expectations are put with the block before them."""
    blocks, opened = [], None
    with open(file, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            fence = FENCE.match(line)
            if opened is None and fence:
                words = dict(word.partition("=")[::2] for word in fence[2].split())
                opened = Block(file, number, fence[1], words, "")
            elif opened is not None and line.startswith("```"):
                add_block(blocks, opened)
                opened = None
            elif opened is not None:
                opened.text += line
    if opened is not None:
        sys.exit(f"{file}:{opened.line}: this block is never closed")
    return blocks


def add_block(blocks, block):
    if block.language == "text" and "expect" in block.words:
        if not blocks or blocks[-1].language != "sh":
            sys.exit(f"{block.file}:{block.line}: expects the output of no block")
        blocks[-1].expect, blocks[-1].unordered = block.text.splitlines(), "unordered" in block.words
    elif block.language in COMMANDS:
        if not COMMANDS[block.language] & block.words.keys():
            sys.exit(f"{block.file}:{block.line}: says neither what is done with it nor that it is only `shown`")
        if "shown" not in block.words:
            blocks.append(block)
