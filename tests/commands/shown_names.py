"""Names of what is shown on screens: titles of every script, brackets and escapes, long ids."""

from __future__ import annotations

RUN = "01M8D4HFA97ARSEZK4DJHNF8NQ"
ID = "ix-0191f3d2-7c44-7a2b-9d1e-5a6b7c8d9e0f"
TITLES = {
    "plain": "Plan [A].pdf",
    "long": "Protocol of the meeting on the foundations, whose name tells all that was said there, and by whom, at length.docx",
    "chinese": "橋梁下部結構施工圖及地質鑽探報告（第三版，含全部附錄與簽核意見，僅供內部使用）橋台伸縮縫支承墊更換計畫.pdf",
    "arabic": "تقرير فحص الجسر النهائي مع جميع الملاحق والصور والتوقيعات.pdf",
    "combining": "Cafe\u0301 de\u0301ja\u0300 vu \u2013 re\u0301sume\u0301 des re\u0301unions.docx",
    "emoji": "👷🏽 Site visit 👨‍👩‍👧 family day 🇳🇴.jpg",
    "brackets": "[/red] [bold]plan[/bold] :warning: [1/2].pdf",
    "escapes": "\x1b]0;owned\x07\x1b[2Jplan\nsucceeded  full run\u202efdp.exe",
    "one_word": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvertrag",
}
FOLDERS = ["Example Corp", "The Bridge", "Drawings of the abutments and of all that stands on them", "Axis 1"]
