#!/usr/bin/env python3
"""usage: program_test.py BERTH: what only a real process shows: streams, pipes, colours, working from any place."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BERTH = os.path.abspath(sys.argv.pop(1))
ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = '{"schema":"berth/workload/v1","name":"x","job":{"task":"prototype"}}'


def berth(*arguments, text="", **options):
    return subprocess.run([BERTH, *arguments], input=text, capture_output=True, text=True, timeout=60, **options)


class Program(unittest.TestCase):
    def test_answer_goes_to_stdout_alone(self):
        done = berth("recommend", "-", text=DOCUMENT)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(json.loads(done.stdout)["schema"], "berth/recommendation/v1")

    def test_errors_go_to_stderr_alone_and_have_no_colour_in_a_pipe(self):
        done = berth("recommend", "-", text="jobs: {}")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertTrue(done.stderr.startswith("<stdin>:1:1: error: "), done.stderr)
        self.assertNotIn("\x1b", done.stderr)

    def test_works_from_an_empty_folder_without_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            done = berth("recommend", "-", text=DOCUMENT, cwd=folder, env={})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_locale_changes_nothing(self):
        path = str(ROOT / "examples/llama-3-8b/finetune.yaml")
        outputs = {berth("recommend", path, env={**os.environ, "LC_ALL": locale}).stdout for locale in ("C", "de_DE.UTF-8", "C.UTF-8")}
        self.assertEqual(len(outputs), 1)

    def test_full_disk_is_noticed(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        with open("/dev/full", "w") as full:
            done = subprocess.run([BERTH, "recommend", "-"], input=DOCUMENT, stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 3)
        self.assertIn("can't write", done.stderr)

    def test_answers_come_while_the_input_stays_open(self):
        process = subprocess.Popen([BERTH, "recommend", "--jsonl", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3):  # would hang if berth waited for more lines or for the end
            process.stdin.write(DOCUMENT + "\n")
            process.stdin.flush()
            self.assertEqual(json.loads(process.stdout.readline())["name"], "x")
        process.stdin.close()
        self.assertEqual(process.wait(timeout=60), 0)
        process.stdout.close()

    def test_endless_input_ends_with_its_reader(self):
        command = f"yes '{DOCUMENT}' | '{BERTH}' recommend --jsonl - | head -n 20 | wc -l"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout.strip(), "20")

    def test_order_is_kept_over_many_lines(self):
        lines = [DOCUMENT.replace('"x"', f'"{number}"') for number in range(300)]
        done = berth("recommend", "--jsonl", "-", text="\n".join(lines))
        self.assertEqual([json.loads(line)["name"] for line in done.stdout.splitlines()], [str(n) for n in range(300)])

    def test_bash_takes_the_completion_script(self):
        script = berth("completion", "bash").stdout
        typed = 'COMP_WORDS=(berth recommend --for); COMP_CWORD=2; _berth; echo "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", script + typed], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.stdout.strip(), done.stderr), ("--format", ""))


if __name__ == "__main__":
    unittest.main()
