"""Errors as people paste them: consoles, notebooks, test reports, logs of clusters, mails, forums, chats."""

from __future__ import annotations

from dataclasses import dataclass

SCALAR = "grad can be implicitly created only for scalar outputs"
FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)
LIBRARY = """  File "/opt/conda/lib/python3.10/site-packages/torch/_tensor.py", line 487, in backward
    torch.autograd.backward(
  File "/opt/conda/lib/python3.10/site-packages/torch/autograd/__init__.py", line 200, in backward
    Variable._execution_engine.run_backward(  # Calls into the C++ engine to run the backward pass
"""
TRACEBACK = f"""Traceback (most recent call last):
  File "train.py", line 41, in <module>
    main()
  File "train.py", line 33, in main
    loss.backward()
{LIBRARY}RuntimeError: {SCALAR}
"""


@dataclass(frozen=True, slots=True)
class Paste:
    """A text, and what is to be read of it: the error, the user's own line, and its code."""

    name: str
    text: str
    kind: str = "RuntimeError"
    message: str = SCALAR
    file: str = ""
    line: int = 0
    code: str = ""


def prefixed(prefix: str, text: str = TRACEBACK) -> str:
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


def _whole(name: str, text: str, kind: str = "RuntimeError", message: str = SCALAR) -> Paste:
    """The traceback above, however it is dressed."""
    return Paste(name, text, kind, message, "train.py", 33, "loss.backward()")


DRESSED = [
    _whole("plain", TRACEBACK),
    _whole("CRLF", TRACEBACK.replace("\n", "\r\n")),
    _whole("old Macs", TRACEBACK.replace("\n", "\r")),
    _whole("colours of Python 3.13", TRACEBACK.replace("RuntimeError", "\x1b[1;35mRuntimeError\x1b[0m").replace(
        "train.py", "\x1b[35mtrain.py\x1b[0m").replace(SCALAR, f"\x1b[35m{SCALAR}\x1b[0m")),
    _whole("colours whose escapes are lost", TRACEBACK.replace("RuntimeError", "[1;31mRuntimeError[0m")),
    _whole("colours that were printed as text", TRACEBACK.replace("RuntimeError", "\\x1b[31mRuntimeError\\x1b[0m")),
    _whole("carets", TRACEBACK.replace("loss.backward()\n", "loss.backward()\n    ~~~~~~~~~~~~~^^\n")),
    _whole("torchrun", prefixed("[rank0]: ")),
    _whole("torchrun of old", prefixed("[default3]:")),
    _whole("srun --label", prefixed("3: ")),
    _whole("mpirun", prefixed("[1,0]<stderr>:")),
    _whole("ray", prefixed("(RayTrainWorker pid=12345, ip=10.0.0.7) ")),
    _whole("docker compose", prefixed("trainer-1  | ")),
    _whole("kubernetes", prefixed("2024-03-01T10:22:33.123456789Z ")),
    _whole("logging", prefixed("2024-03-01 10:22:33,123 - ERROR - ")),
    _whole("logging with the logger's name", prefixed("2024-03-01 10:22:33,123 - my.trainer - ERROR - ")),
    _whole("loguru", prefixed("2024-03-01 10:22:33.123 | ERROR    | __main__:main:33 - ")),
    _whole("glog", prefixed("E0301 10:22:33.123456 12345 trainer.py:12] ")),
    _whole("syslog", prefixed("Mar  1 10:22:33 node17 python[2817]: ")),
    _whole("basicConfig", f"ERROR:root:training failed\n{TRACEBACK}"),
    _whole("a mail's quote", prefixed("> ")),
    _whole("a mail's quote of a quote", prefixed("> > ")),
    _whole("a comment", prefixed("# ")),
    _whole("a fence", f"I get this, what is wrong?\n```python\n{TRACEBACK}```\nThanks!"),
    _whole("a fence in a list", f"1. run it\n\n   ```\n{prefixed('   ')}   ```\n"),
    _whole("a question around it", f"Hi all, my GAN fails after an epoch.\n\n{TRACEBACK}\nAny ideas? I use torch 2.1."),
    _whole("a prompt behind it", f"$ python train.py\n{TRACEBACK}user@host:~/gan$ ls\nRuntimes: train.py\n"),
    _whole("a progress bar before it", f"Epoch 3:  41%|####      | 41/100\r{TRACEBACK}"),
    _whole("one line", " ".join(TRACEBACK.split())),
    _whole("JSON of a log", '{"level": "error", "exc": "' + TRACEBACK.replace('"', '\\"').replace("\n", "\\n") + '"}'),
    _whole("typographic quotes", TRACEBACK.replace('File "', "File “").replace('", line', "”, line")),
    _whole("HTML", TRACEBACK.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")),
    _whole("no indentation", "\n".join(line.strip() for line in TRACEBACK.splitlines())),
    _whole("without its head", TRACEBACK.partition("\n")[2]),
    _whole("double spaced", TRACEBACK.replace("\n", "\n\n")),
    _whole("a worker's own traceback", TRACEBACK.replace("Traceback (", "RuntimeError: Caught RuntimeError in replica 0 "
           "on device 0.\nOriginal Traceback (")),
    _whole("an error before it", 'Traceback (most recent call last):\n  File "cache.py", line 7, in load\n    return '
           f"store[key]\nKeyError: 'x'\n\nDuring handling of the above exception, another exception occurred:\n\n{TRACEBACK}"),
    _whole("its cause before it", 'Traceback (most recent call last):\n  File "cache.py", line 7, in load\n    f()\n'
           "ValueError: no\n\nThe above exception was the direct cause of the following exception:\n\n" + TRACEBACK),
    _whole("a warning before it", "/opt/conda/lib/python3.10/site-packages/torch/nn/functional.py:1967: UserWarning: "
           "nn.functional.tanh is deprecated. Use torch.tanh instead.\n  warnings.warn(\n" + TRACEBACK),
    _whole("torchrun's summary behind it", TRACEBACK + "E0301 10:22:33.123456 12345 torch/distributed/elastic/"
           "multiprocessing/api.py:826] failed (exitcode: 1) local_rank: 0 (pid: 12345) of binary: /usr/bin/python\n"),
]  # fmt: skip

OTHERS = [
    Paste("the message alone", SCALAR, "", SCALAR),
    Paste("the error alone", f"RuntimeError: {SCALAR}"),
    Paste("quoted", f'"RuntimeError: {SCALAR}"'),
    Paste("bold", f"**RuntimeError**: {SCALAR}"),
    Paste("as code", f"I get `RuntimeError: {SCALAR}` from my loss, why?"),
    Paste("wrapped by a mail", f"RuntimeError: {SCALAR.replace('only for', 'only' + chr(10) + 'for')}"),
    Paste("wrapped by a mail and quoted", f"> RuntimeError: {SCALAR.replace('only for', 'only' + chr(10) + '> for')}"),
    Paste(
        "wrapped frames",
        'Traceback (most recent call last):\n  File\n"/home/me/projects/very-long-name-of-a-project/gan.py",\nline 12, in\nstep\n'
        f"    d_loss.backward()\nRuntimeError: {SCALAR}",
        file="/home/me/projects/very-long-name-of-a-project/gan.py", line=12, code="d_loss.backward()",
    ),
    Paste(
        "a path broken by a terminal",
        'Traceback (most recent call last):\n  File "/home/me/projects/a-project-with-a-very-long-name/src/pack\nage/gan.py", '
        f'line 12, in step\n    d_loss.backward()\nRuntimeError: {SCALAR}',
        file="/home/me/projects/a-project-with-a-very-long-name/src/package/gan.py", line=12, code="d_loss.backward()",
    ),
    Paste(
        "Windows",
        'Traceback (most recent call last):\n  File "C:\\Users\\me\\gan\\train.py", line 12, in <module>\n    loss.backward()\n'
        '  File "C:\\Users\\me\\anaconda3\\lib\\site-packages\\torch\\_tensor.py", line 487, in backward\n    torch.autograd.backward(\n'
        f"RuntimeError: {SCALAR}",
        file="C:\\Users\\me\\gan\\train.py", line=12, code="loss.backward()",
    ),
    Paste(
        "Windows' own library",
        'Traceback (most recent call last):\n  File "D:\\gan\\train.py", line 3, in <module>\n    copy.deepcopy(net)\n  File '
        f'"C:\\Python39\\lib\\copy.py", line 153, in deepcopy\n    y = copier(memo)\nRuntimeError: {SCALAR}',
        file="D:\\gan\\train.py", line=3, code="copy.deepcopy(net)",
    ),
    Paste(
        "IPython 8",
        "---------------------------------------------------------------------------\n"
        "RuntimeError                              Traceback (most recent call last)\nCell In[3], line 2\n"
        "      1 y = x**2\n----> 2 y.backward()\n\n"
        "File ~/miniconda3/lib/python3.10/site-packages/torch/_tensor.py:487, in Tensor.backward(self, gradient)\n"
        "    477 if has_torch_function_unary(self):\n--> 487     torch.autograd.backward(\n    488         self\n"
        f"\nRuntimeError: {SCALAR}",
        file="Cell In[3]", line=2, code="y.backward()",
    ),
    Paste(
        "IPython 8 with a module of one's own",
        "RuntimeError                              Traceback (most recent call last)\nInput In [7], in <cell line: 1>()\n"
        "----> 1 fit(model)\n\nFile ~/work/fitting.py:88, in fit(model)\n     86 loss = f(model)\n     87 \n---> 88 loss.backward()\n"
        f"     89 opt.step()\n\nRuntimeError: {SCALAR}",
        file="~/work/fitting.py", line=88, code="loss.backward()",
    ),
    Paste(
        "IPython 7",
        "RuntimeError                              Traceback (most recent call last)\n<ipython-input-5-0123456789ab> in <module>\n"
        "      3 y = x ** 2\n----> 4 y.backward()\n      5 x.grad\n\n"
        "/usr/local/lib/python3.7/dist-packages/torch/tensor.py in backward(self, gradient, retain_graph, create_graph)\n"
        f"    219         torch.autograd.backward(self, gradient)\n--> 221         pass\n\nRuntimeError: {SCALAR}",
        file="<ipython-input-5-0123456789ab>", line=4, code="y.backward()",
    ),
    Paste(
        "the end of a notebook's cell",
        f"----> 4 y.backward()\n\nRuntimeError: {SCALAR}", file="", line=4, code="y.backward()",
    ),
    Paste(
        "pytest",
        "    def test_step():\n        x = torch.ones(2, requires_grad=True)\n>       (x ** 2).backward()\n\ntests/test_step.py:12: \n"
        "_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _\n"
        "/usr/lib/python3.11/site-packages/torch/_tensor.py:487: in backward\n    torch.autograd.backward(\n"
        f"E       RuntimeError: {SCALAR}\n\n/usr/lib/python3.11/site-packages/torch/autograd/__init__.py:117: RuntimeError\n"
        "=========================== short test summary info ============================\n"
        "FAILED tests/test_step.py::test_step - RuntimeError: grad can be implicitly created only for sca...\n",
        file="tests/test_step.py", line=12, code="(x ** 2).backward()",
    ),
    Paste(
        "pytest, in the test itself",
        ">       check(x)\nE       RuntimeError: " + SCALAR + "\n\ntests/test_step.py:14: RuntimeError\n",
        file="tests/test_step.py", line=14, code="check(x)",
    ),
    Paste(
        "pytest --tb=short",
        "tests/test_step.py:12: in test_step\n    loss.backward()\n"
        "/usr/lib/python3.11/site-packages/torch/_tensor.py:487: in backward\n    torch.autograd.backward(\n"
        f"E   RuntimeError: {SCALAR}\n",
        file="tests/test_step.py", line=12, code="loss.backward()",
    ),
    Paste(
        "rich",
        "╭──────────────── Traceback (most recent call last) ─────────────────╮\n"
        "│ /home/me/train.py:12 in <module>                                   │\n"
        "│                                                                    │\n"
        "│    9 loss = f(x)                                                   │\n"
        "│ ❱ 12 loss.backward()                                               │\n"
        "│ /usr/lib/python3.11/site-packages/torch/_tensor.py:487 in backward │\n"
        "│ ❱ 487 torch.autograd.backward(                                     │\n"
        "╰────────────────────────────────────────────────────────────────────╯\n"
        f"RuntimeError: {SCALAR}",
        file="/home/me/train.py", line=12, code="loss.backward()",
    ),
    Paste(
        "a group of errors",
        "  + Exception Group Traceback (most recent call last):\n  |   File \"main.py\", line 5, in <module>\n  |     run()\n"
        "  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)\n  +-+---------------- 1 ----------------\n"
        '    | Traceback (most recent call last):\n    |   File "task.py", line 9, in step\n    |     loss.backward()\n'
        f"    | RuntimeError: {SCALAR}\n    +------------------------------------\n",
        file="task.py", line=9, code="loss.backward()",
    ),
    Paste(
        "Lightning",
        'Traceback (most recent call last):\n  File "/home/me/fit.py", line 20, in <module>\n    trainer.fit(model)\n  File '
        '"/home/me/env/lib/python3.11/site-packages/lightning/pytorch/trainer/call.py", line 44, in _call\n    return f()\n  File '
        '"/home/me/fit.py", line 9, in training_step\n    self.manual_backward(loss)\n  File '
        '"/home/me/env/lib/python3.11/site-packages/lightning/pytorch/core/module.py", line 1071, in manual_backward\n'
        f"    self.trainer.strategy.backward(loss)\nRuntimeError: {SCALAR}",
        file="/home/me/fit.py", line=9, code="self.manual_backward(loss)",
    ),
    Paste(
        "torch's own folder, built from source",
        'Traceback (most recent call last):\n  File "a.py", line 2, in <module>\n    y.backward()\n  File '
        f'"/home/me/pytorch/torch/_tensor.py", line 487, in backward\n    torch.autograd.backward(\nRuntimeError: {SCALAR}',
        file="a.py", line=2, code="y.backward()",
    ),
    Paste(
        "torch.compile quotes the user's code",
        'Traceback (most recent call last):\n  File "run.py", line 30, in <module>\n    f(x)\n  File '
        '"/usr/lib/python3.11/site-packages/torch/_dynamo/eval_frame.py", line 451, in _fn\n    return fn(*args)\n'
        "torch._dynamo.exc.Unsupported: Dynamic control flow is not supported\n\nfrom user code:\n   File \"run.py\", line 7, in f\n"
        "    if x.sum() > 0:\n\nSet TORCH_LOGS=\"+dynamo\" for more information\n",
        kind="torch._dynamo.exc.Unsupported", message="Dynamic control flow is not supported", file="run.py", line=7,
        code="if x.sum() > 0:",
    ),
    Paste(
        "a message of several lines",
        "Traceback (most recent call last):\n  File \"c.py\", line 5, in <module>\n    gradcheck(f, x)\n"
        "torch.autograd.gradcheck.GradcheckError: Jacobian mismatch for output 0 with respect to input 0,\n"
        "numerical:tensor([[0.8941, 0.0000],\n        [0.0000, 0.4768]])\nanalytical:tensor([[0.8861, 0.0000],\n"
        "        [0.0000, 0.4731]])\n",
        kind="torch.autograd.gradcheck.GradcheckError",
        message="Jacobian mismatch for output 0 with respect to input 0, numerical:tensor([[0.8941, 0.0000], [0.0000,",
        file="c.py", line=5, code="gradcheck(f, x)",
    ),
    Paste(
        "a statement of several lines",
        'Traceback (most recent call last):\n  File "m.py", line 8, in <module>\n    torch.autograd.backward(\n    ~~~~~~~~~~~~~~~~~'
        f'~~~~~~~^\n        [loss],\n        ^^^^^^^\n    )\n    ^\nRuntimeError: {SCALAR}',
        file="m.py", line=8, code="torch.autograd.backward(",
    ),
    Paste(
        "python -c", f'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\nRuntimeError: {SCALAR}',
        file="<string>", line=1,
    ),
    Paste(
        "C++", "terminate called after throwing an instance of 'c10::Error'\n  what():  CUDA error: initialization error\n"
        "Exception raised from init at init.cpp:12 (most recent call first):\n",
        kind="c10::Error", message="CUDA error: initialization error",
    ),
    Paste("an error without words", "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    assert x\n"
          "AssertionError\n", "AssertionError", "", "a.py", 1, "assert x"),
    Paste("jax", "jax.errors.TracerBoolConversionError: Attempted boolean conversion of traced array with shape bool[].\n",
          "jax.errors.TracerBoolConversionError", "Attempted boolean conversion of traced array with shape bool[]."),
    Paste(
        "tf.function",
        "Traceback (most recent call last):\n  File \"fit.py\", line 40, in <module>\n    step(x)\n  File "
        '"/usr/lib/python3.9/site-packages/tensorflow/python/util/traceback_utils.py", line 153, in error_handler\n'
        "    raise e.with_traceback(filtered_tb) from None\nValueError: in user code:\n\n    File \"fit.py\", line 31, in step  *\n"
        "        opt.apply_gradients(zip(grads, variables))\n\n    ValueError: No gradients provided for any variable.\n",
        kind="ValueError", message="No gradients provided for any variable.", file="fit.py", line=31,
        code="opt.apply_gradients(zip(grads, variables))",
    ),
]  # fmt: skip
