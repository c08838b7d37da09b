"""The words that messages show."""

from conformance.wording import exception_line

AUTOGRAPH = """\
raised TypeError: in user code:

    File "case.py", line 65, in differentiate  *
        slope = forward(lambda moved: total(*moved), inputs, directions)
    File "case.py", line 51, in forward  *
        y = g(t)

    TypeError: `dtype` <dtype: 'variant'> is not compatible with 1 of dtype int64.
"""
DYNAMO = """\
raised TorchRuntimeError: Dynamo failed to run FX node with fake tensors
  Hint: remove the `torch.compile` call.

from user code:
   File "case.py", line 13, in f
    return push(lambda t: (t * x).sum(), t, one)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "case.py", line 3, in push
    return torch.func.jvp(g, (x,), (v,))[1]

Set TORCHDYNAMO_VERBOSE=1 for more."""


def test_an_exception_is_told_without_the_frames_that_a_compiler_puts_into_its_message() -> None:
    assert exception_line(AUTOGRAPH, 300) == (
        "raised TypeError: in user code: TypeError: `dtype` <dtype: 'variant'> is not compatible with 1 of dtype int64."
    )
    assert exception_line(DYNAMO, 300) == (
        "raised TorchRuntimeError: Dynamo failed to run FX node with fake tensors Hint: remove the `torch.compile` "
        "call. from user code: Set TORCHDYNAMO_VERBOSE=1 for more."
    )


def test_a_message_without_frames_stays_as_it_is_but_for_its_lines_and_its_length() -> None:
    assert exception_line("raised ValueError: one\n  two\n\nthree", 300) == "raised ValueError: one two three"
    assert exception_line("x" * 20, 10) == "x" * 9 + "…"
