"""Digits, and a classifier of them whose features they are compared by."""

import pytest

from minimax_lab import images, measures


@pytest.fixture(scope="package")
def digits():
    return images.load("digits")


@pytest.fixture(scope="package")
def judge(digits):
    return measures.classifier(digits, steps=150)
