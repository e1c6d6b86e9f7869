"""The compiled modules; everything else is in pyproject.toml.

TXDISPATCHER_EXTENSIONS steers the build: "auto" (the default) compiles if that works and goes on without if not, "yes" fails
loudly if it does not, "no" builds pure Python.
"""

import os
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

#: What every message passes. A module here has a .pxd beside it: compiled without types it would buy nothing.
MODULES = [
    "txdispatcher/routing/choosing.py",
    "txdispatcher/routing/default.py",
    "txdispatcher/routing/access.py",
    "txdispatcher/routing/variables.py",
    "txdispatcher/routing/message_variables.py",
    "txdispatcher/routing/dispatching.py",
    "txdispatcher/routing/script/accounting.py",
    "txdispatcher/routing/script/run.py",
    "txdispatcher/routing/script/route.py",
    "txdispatcher/balancing/destination.py",
    "txdispatcher/balancing/hashing.py",
    "txdispatcher/balancing/places.py",
    "txdispatcher/balancing/selection.py",
    "txdispatcher/balancing/destination_set.py",
    "txdispatcher/balancing/rendezvous.py",
    "txdispatcher/balancing/sets.py",
    "txdispatcher/balancing/assembly.py",
    "txdispatcher/net/engine.py",
    "txdispatcher/net/mmsg.pyx",
    "txdispatcher/sip/_twins.pyx",  # for tests/sip/test_twins.py alone
    "txdispatcher/sip/message.py",
    "txdispatcher/sip/address.py",
    "txdispatcher/sip/uri.py",
    "txdispatcher/sip/via.py",
    "txdispatcher/sip/edit.py",
    "txdispatcher/sip/build.py",
    "txdispatcher/proxy/actions.py",
    "txdispatcher/proxy/context.py",
    "txdispatcher/proxy/decision.py",
    "txdispatcher/proxy/forward.py",
    "txdispatcher/proxy/hop.py",
    "txdispatcher/proxy/listener.py",
    "txdispatcher/proxy/client.py",
    "txdispatcher/proxy/intake.py",
    "txdispatcher/proxy/layer.py",
    "txdispatcher/proxy/server.py",
    "txdispatcher/proxy/stateful.py",
    "txdispatcher/proxy/stateless.py",
    "txdispatcher/proxy/timers.py",
]


class OptionalBuild(build_ext):
    """A compiler that is not there, or fails, costs the speed and nothing else.

    All modules or none: a compiled one knows the others' C types, and does not load beside a plain one.
    """

    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def run(self):
        inplace = self.inplace
        try:
            super().run()
        except Exception as error:
            _go_on_without(error)
            for self.inplace in (0, 1):
                for extension in self.extensions:
                    built = self.get_ext_fullpath(extension.name)
                    if os.path.exists(built):
                        os.remove(built)
            self.inplace = inplace
            self.extensions = []


def _go_on_without(error):
    if WANTED == "yes":
        raise error
    print(f"txdispatcher: without compiled modules: {error}", file=sys.stderr)


def extensions():
    if WANTED == "no":
        return []
    try:
        from Cython.Build import cythonize
    except ImportError as error:
        _go_on_without(error)
        return []
    try:
        return cythonize(
            [Extension(path.rpartition(".")[0].replace("/", "."), [path], extra_compile_args=FLAGS) for path in MODULES],
            nthreads=os.cpu_count() or 1,
            language_level=3,
            # The annotations are for mypy (int is Python's there); C types come from the .pxd files alone.
            compiler_directives={"annotation_typing": False, "boundscheck": False, "wraparound": False},
            build_dir=os.environ.get("TXDISPATCHER_BUILD_DIR", "build"),
        )
    except Exception as error:
        _go_on_without(error)
        return []


#: -g0: debug information doubles the time that compiling takes. Who sets CFLAGS says how far it is optimised.
FLAGS = ["-g0"] if os.environ.get("CFLAGS") else ["-O2", "-g0"]

WANTED = os.environ.get("TXDISPATCHER_EXTENSIONS", "auto")
if WANTED not in ("auto", "yes", "no"):
    sys.exit(f"TXDISPATCHER_EXTENSIONS is {WANTED!r}: auto, yes and no are allowed")

setup(ext_modules=extensions(), cmdclass={"build_ext": OptionalBuild})
