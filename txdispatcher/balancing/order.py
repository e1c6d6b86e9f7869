"""The order in which sets are listed: that of Kamailio, which keeps them in an AVL tree and prints it from the leaves up."""

from __future__ import annotations

from collections.abc import Iterable


class Tree:
    """The AVL tree of set ids, which takes them one after another."""

    def __init__(self) -> None:
        self._root: _Node | None = None

    def insert(self, id: int) -> None:
        self._root = _insert(self._root, id)

    def post_order(self) -> list[int]:
        found: list[int] = []
        _visit(self._root, found)
        return found


def post_order(ids: Iterable[int]) -> list[int]:
    """The distinct `ids` in the post-order of the tree that takes them one after another.

    >>> post_order([2, 1, 3, 10, 7])
    [1, 3, 10, 7, 2]
    """
    tree = Tree()
    for id in ids:
        tree.insert(id)
    return tree.post_order()


class _Node:
    __slots__ = ("height", "id", "left", "right")

    def __init__(self, id: int) -> None:
        self.id = id
        self.height = 1
        self.left: _Node | None = None
        self.right: _Node | None = None


def _height(node: _Node | None) -> int:
    return node.height if node is not None else 0


def _measure(node: _Node) -> None:
    node.height = 1 + max(_height(node.left), _height(node.right))


def _insert(node: _Node | None, id: int) -> _Node:
    if node is None:
        return _Node(id)
    if id < node.id:
        node.left = _insert(node.left, id)
    elif id > node.id:
        node.right = _insert(node.right, id)
    return _balance(node)


def _balance(node: _Node) -> _Node:
    left, right = node.left, node.right
    if left is not None and left.height > _height(right) + 1:
        if _height(left.right) > _height(left.left):
            node.left = _turn_left(left)
        return _turn_right(node)
    if right is not None and right.height > _height(left) + 1:
        if _height(right.left) > _height(right.right):
            node.right = _turn_right(right)
        return _turn_left(node)
    _measure(node)
    return node


def _turn_left(node: _Node) -> _Node:
    top = node.right
    assert top is not None
    node.right, top.left = top.left, node
    _measure(node)
    _measure(top)
    return top


def _turn_right(node: _Node) -> _Node:
    top = node.left
    assert top is not None
    node.left, top.right = top.right, node
    _measure(node)
    _measure(top)
    return top


def _visit(node: _Node | None, found: list[int]) -> None:
    if node is not None:
        _visit(node.left, found)
        _visit(node.right, found)
        found.append(node.id)
