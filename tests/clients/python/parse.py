"""Says where a file has what its language does not: parse.py LANGUAGE FILE"""

import sys
from pathlib import Path

import tree_sitter_kotlin
import tree_sitter_swift
from tree_sitter import Language, Parser

GRAMMARS = {"kotlin": tree_sitter_kotlin, "swift": tree_sitter_swift}

language, file = sys.argv[1:]
root = Parser(Language(GRAMMARS[language].language())).parse(Path(file).read_bytes()).root_node


def errors(node):
    """The innermost nodes that are wrong or missing."""
    below = [error for child in node.children if child.has_error for error in errors(child)]
    return below or [node]


if root.has_error:
    sys.exit("\n".join(f"line {node.start_point.row + 1}: {node.type}" for node in errors(root)))
