"""What lint says of the web client's imports."""
import unittest

from client_arrows import check_client_arrows


class ClientArrows(unittest.TestCase):
    def findings(self, texts):
        found = []
        check_client_arrows(texts, lambda name, line, what: found.append((name, line, what)))
        return found

    def test_arrows_that_are_there(self):
        self.assertEqual(self.findings({
            "api/runs.ts": 'import { json } from "./request";',
            "state/list.ts": 'import { list_runs } from "../api/runs";',
            "parts/Table.svelte": '<script>\n import type { CsvTable } from "../api/csv_table";\n import("./chart");\n</script>',
            "pages/Run.svelte": 'import A from "../parts/A.svelte";\nimport { b } from "../state/b";\nimport "../app.css";',
            "main.ts": 'import App from "./pages/App.svelte";',
        }), [])

    def test_arrows_that_are_not(self):
        self.assertEqual(self.findings({
            "api/runs.ts": '\nimport { list } from "../state/list";',
            "parts/Table.svelte": 'import { CsvTable } from "../api/csv_table";',
            "parts/Chart.svelte": 'const a = await import("../state/list");',
            "other/x.ts": "",
        }), [
            ("api/runs.ts", 2, "api may not import from state"),
            ("other/x.ts", 1, "belongs to no folder of the client: api, main.ts, pages, parts, state"),
            ("parts/Chart.svelte", 1, "parts may not import from state"),
            ("parts/Table.svelte", 1, "parts may import types alone from api"),
        ])


if __name__ == "__main__":
    unittest.main()
