"""The texts of the user interface in German and Japanese, in the terms of Blender's own translations."""

from __future__ import annotations

import bpy

LANGUAGES = ("de", "ja")
"""The languages, by Blender's names. Blender asks for `de` when it is set to `de_DE`."""

CONTEXTS = ("*", "Operator")
"""The contexts of all texts. Blender looks up buttons in the second, and everything else in the first."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    # names
    "Async Render": ("Async Render", "Async Render"),
    "Cancel": ("Abbrechen", "キャンセル"),
    "Cancel All": ("Alle abbrechen", "すべてキャンセル"),
    "Cancel Running Operator": ("Laufenden Operator abbrechen", "実行中のオペレーターをキャンセル"),
    "Clear Finished": ("Aufräumen", "完了をクリア"),
    "Open Dashboard": ("Dashboard öffnen", "ダッシュボードを開く"),
    "Open Folder": ("Ordner öffnen", "フォルダーを開く"),
    "Run Render Script": ("Render-Skript ausführen", "レンダースクリプト実行"),
    "Show Error": ("Fehler anzeigen", "エラー表示"),
    "Show Log": ("Protokoll anzeigen", "ログを表示"),
    "Show Output": ("Ausgabe anzeigen", "出力を表示"),
    # descriptions
    "Cancel all running and queued scripts and renders": (
        "Alle laufenden und wartenden Skripte und Rendervorgänge abbrechen",
        "実行中と待機中のすべてのスクリプトとレンダーをキャンセルします",
    ),
    "Cancel this script or render": (
        "Dieses Skript oder diesen Rendervorgang abbrechen",
        "このスクリプトまたはレンダーをキャンセルします",
    ),
    "Cancel the operator that was started last": (
        "Den zuletzt gestarteten Operator abbrechen",
        "最後に開始したオペレーターをキャンセルします",
    ),
    "Remove the scripts and renders that have ended from this list; their files stay": (
        "Beendete Skripte und Rendervorgänge aus dieser Liste entfernen; ihre Dateien bleiben",
        "終了したスクリプトとレンダーを一覧から消します。ファイルは残ります",
    ),
    "In the Output properties": ("In den Ausgabe-Eigenschaften", "出力プロパティ内"),
    "In the sidebar of the text editor": ("In der Seitenleiste des Texteditors", "テキストエディターのサイドバー内"),
    "Open the page that shows what the farm of this render does in the web browser": (
        "Die Seite, die zeigt, was die Farm dieses Rendervorgangs tut, im Webbrowser öffnen",
        "このレンダーのファームの状況を示すページをウェブブラウザーで開きます",
    ),
    "Open the folder with the rendered files in the file manager": (
        "Den Ordner mit den gerenderten Dateien im Dateimanager öffnen",
        "レンダーしたファイルのフォルダーをファイルマネージャーで開きます",
    ),
    "Run the active text as a script that may await renders, while the window stays alive": (
        "Den aktiven Text als Skript ausführen, das auf Rendervorgänge warten kann; das Fenster bleibt bedienbar",
        "アクティブなテキストをスクリプトとして実行します。レンダーを待つ間もウィンドウを操作できます",
    ),
    "Open the last lines that the workers of this render have printed, in a text editor": (
        "Die letzten Zeilen, die die Prozesse dieses Rendervorgangs ausgegeben haben, in einem Texteditor öffnen",
        "このレンダーのワーカーが出力した最後の行をテキストエディターで開きます",
    ),
    "Open the last lines that this script has printed, in a text editor": (
        "Die letzten Zeilen, die dieses Skript ausgegeben hat, in einem Texteditor öffnen",
        "このスクリプトが出力した最後の行をテキストエディターで開きます",
    ),
    "Show the error that ended this script or render, and print the traceback": (
        "Den Fehler zeigen, der dieses Skript oder diesen Rendervorgang beendet hat, und die Rückverfolgung ausgeben",
        "このスクリプトまたはレンダーを終了させたエラーを表示し、トレースバックを出力します",
    ),
    # preferences
    "All messages": ("Alle Meldungen", "すべてのメッセージ"),
    "Ask": ("Fragen", "確認"),
    "Ask whether to start a text a second time while it is still running": (
        "Fragen, ob ein Text ein zweites Mal gestartet werden soll, während er noch läuft",
        "実行中のテキストを、もう一つ同時に実行するか確認します",
    ),
    "Blender": ("Blender", "Blender"),
    "Continue": ("Fortsetzen", "継続"),
    "Debug": ("Debug", "デバッグ"),
    "Error": ("Fehler", "エラー"),
    "How long a script has to run before its end is announced": (
        "Wie lange ein Skript laufen muss, damit sein Ende gemeldet wird",
        "終了を通知するスクリプトの最短実行時間",
    ),
    "Image Editor": ("Bildeditor", "画像エディター"),
    "Info": ("Info", "情報"),
    "Keep User Interface": ("Benutzerinterface beibehalten", "UIを維持"),
    "Log Level": ("Protokollstufe", "ログレベル"),
    "Maximized Area": ("Maximierter Bereich", "領域を最大化"),
    "How long scripts may work before the window has its turn again": (
        "Wie lange Skripte arbeiten dürfen, bevor das Fenster wieder an der Reihe ist",
        "ウィンドウに処理を戻すまでにスクリプトが使える時間",
    ),
    "Developer": ("Entwicklung", "開発者"),
    "How the end of a long script is announced": (
        "Wie das Ende eines langen Skripts gemeldet wird",
        "長いスクリプトの終了を通知する方法",
    ),
    "If the Text Runs Already": ("Wenn der Text schon läuft", "テキストが実行中の場合"),
    "New Window": ("Neues Fenster", "別ウィンドウ"),
    "None": ("Keine", "なし"),
    "Notification": ("Benachrichtigung", "通知"),
    "Notify After": ("Benachrichtigen nach", "通知するまでの時間"),
    "On File Load": ("Beim Laden einer Datei", "ファイル読み込み時"),
    "Queue": ("Anstellen", "待機列に追加"),
    "Render Display": ("Renderanzeige", "レンダー表示"),
    "Renders of scripts are displayed in a maximized image editor": (
        "Rendervorgänge von Skripten werden in einem maximierten Bildeditor gezeigt",
        "スクリプトのレンダーを最大化した画像エディターに表示します",
    ),
    "Renders of scripts are displayed in a window of their own": (
        "Rendervorgänge von Skripten werden in einem eigenen Fenster gezeigt",
        "スクリプトのレンダーを別ウィンドウに表示します",
    ),
    "Renders of scripts are displayed in an image editor": (
        "Rendervorgänge von Skripten werden in einem Bildeditor gezeigt",
        "スクリプトのレンダーを画像エディターに表示します",
    ),
    "Renders of scripts are not displayed": (
        "Rendervorgänge von Skripten werden nicht gezeigt",
        "スクリプトのレンダーを表示しません",
    ),
    "Start a text again when it has ended, if it is still running": (
        "Einen Text, der noch läuft, noch einmal starten, wenn er beendet ist",
        "実行中のテキストを、終了後にもう一度実行します",
    ),
    "Scripts are cancelled when another file is loaded": (
        "Skripte werden abgebrochen, wenn eine andere Datei geladen wird",
        "別のファイルを読み込むと、スクリプトをキャンセルします",
    ),
    "Scripts go on when another file is loaded": (
        "Skripte laufen weiter, wenn eine andere Datei geladen wird",
        "別のファイルを読み込んでも、スクリプトを継続します",
    ),
    "System": ("System", "システム"),
    "The end of a script is reported in the status bar and the Info editor": (
        "Das Ende eines Skripts wird in der Statusleiste und im Info-Editor gemeldet",
        "スクリプトの終了をステータスバーと情報エディターに表示します",
    ),
    "The end of a script is announced by the operating system, where possible": (
        "Das Ende eines Skripts wird, wo möglich, vom Betriebssystem gemeldet",
        "可能な場合、スクリプトの終了をオペレーティングシステムで通知します",
    ),
    "The end of a script is not announced": (
        "Das Ende eines Skripts wird nicht gemeldet",
        "スクリプトの終了を通知しません",
    ),
    "Tick Budget": ("Zeitbudget", "処理時間の上限"),
    "What Run Render Script does with a text whose script has not ended yet": (
        "Was „Render-Skript ausführen“ mit einem Text tut, dessen Skript noch nicht beendet ist",
        "スクリプトがまだ終了していないテキストを「レンダースクリプト実行」したときの動作",
    ),
    "What happens to running scripts when another file is loaded": (
        "Was mit laufenden Skripten geschieht, wenn eine andere Datei geladen wird",
        "別のファイルを読み込んだときの、実行中のスクリプトの扱い",
    ),
    "Where the renders of scripts are displayed": (
        "Wo die Rendervorgänge von Skripten gezeigt werden",
        "スクリプトのレンダーを表示する場所",
    ),
    "Which messages are printed on the terminal": (
        "Welche Meldungen auf dem Terminal ausgegeben werden",
        "ターミナルに出力するメッセージ",
    ),
    "Warning": ("Warnung", "警告"),
    "Errors, and possible mistakes": ("Fehler, und was ein Versehen sein kann", "エラーと、間違いかもしれないこと"),
    "Errors only": ("Nur Fehler", "エラーのみ"),
    "Errors, possible mistakes, and when scripts start and end": (
        "Fehler, was ein Versehen sein kann, und wann Skripte beginnen und enden",
        "エラー、間違いかもしれないこと、スクリプトの開始と終了",
    ),
    # scripts
    "Examples that come with Async Render": (
        "Beispiele, die mit Async Render kommen",
        "Async Render に付属するサンプル",
    ),
    "Python Console": ("Python-Konsole", "Pythonコンソール"),
    "Report a message": ("Eine Nachricht melden", "メッセージをレポートします"),
    "Run": ("Ausführen", "実行"),
    "Cancel the lines of this console that are still running": (
        "Die Zeilen dieser Konsole abbrechen, die noch laufen",
        "このコンソールでまだ実行中の行をキャンセルします",
    ),
    "{:s} is still running. Run it a second time, beside the first?": (
        "{:s} läuft noch. Ein zweites Mal ausführen, neben dem ersten?",
        "{:s} は実行中です。同時にもう一つ実行しますか?",
    ),
    "Cancel Clean-Up": ("Aufräumen abbrechen", "終了処理をキャンセル"),
    "{:s} is already being cancelled. Cancel its clean-up, too?": (
        "{:s} wird schon abgebrochen. Auch das Aufräumen abbrechen?",
        "{:s} はすでにキャンセル中です。終了処理もキャンセルしますか?",
    ),
    # states and messages
    "Cancelled": ("Abgebrochen", "中止"),
    "Cancelling": ("Wird abgebrochen", "キャンセル中"),
    "Failed": ("Gescheitert", "失敗"),
    "Finished": ("Beendet", "完了"),
    "Frame {:d} of {:d}": ("Bild {:d} von {:d}", "フレーム {:d} / {:d}"),
    "Nothing has ended yet": ("Noch ist nichts beendet", "終了したものはまだありません"),
    "Nothing is running": ("Es läuft nichts", "実行中のものはありません"),
    "Open a text in a text editor first": (
        "Zuerst einen Text in einem Texteditor öffnen",
        "先にテキストエディターでテキストを開いてください",
    ),
    "Queued": ("Wartet", "待機中"),
    "Running": ("Läuft", "実行中"),
    "{:d} h {:d} min": ("{:d} h {:d} min", "{:d} 時間 {:d} 分"),
    "{:d} min {:d} s": ("{:d} min {:d} s", "{:d} 分 {:d} 秒"),
    "{:d} s": ("{:d} s", "{:d} 秒"),
    "{:s} failed after {:s}": ("{:s} ist nach {:s} gescheitert", "{:s} は {:s} で失敗しました"),
    "{:s} finished after {:s}": ("{:s} ist nach {:s} beendet", "{:s} は {:s} で完了しました"),
    "{:s} has ended; it awaits nothing, so the window stood still while it ran": (
        "{:s} ist beendet; es wartet auf nichts, also stand das Fenster währenddessen still",
        "{:s} は終了しました。await がないため、実行中はウィンドウが停止していました",
    ),
    "{:s}, line {:d} has blocked Blender for {:.0f} s: {:s}. Ctrl-C in this terminal ends the script": (
        "{:s}, Zeile {:d}, blockiert Blender seit {:.0f} s: {:s}. Strg-C in diesem Terminal beendet das Skript",
        "{:s} の {:d} 行目が Blender を {:.0f} 秒間停止させています: {:s}。この端末の Ctrl-C で終了します",
    ),
    "{:s}, line {:d} blocked the window for {:.1f} s: {:s}": (
        "{:s}, Zeile {:d}, blockierte das Fenster für {:.1f} s: {:s}",
        "{:s} の {:d} 行目がウィンドウを {:.1f} 秒間停止させました: {:s}",
    ),
    "{:s}, line {:d}: '{:s}' was never awaited; write 'await' before it": (
        "{:s}, Zeile {:d}: auf '{:s}' wurde nie gewartet; davor gehört 'await'",
        "{:s} の {:d} 行目: '{:s}' は待機されていません。前に 'await' を書いてください",
    ),
    "{:s}: main() was not started, since it needs {:s}; end the text with 'await main({:s})'": (
        "{:s}: main() wurde nicht gestartet, denn es braucht {:s}; der Text muss mit 'await main({:s})' enden",
        "{:s}: main() には {:s} が必要なため開始されませんでした。テキストの最後に 'await main({:s})' と書いてください",
    ),
    "{:s} is not the address of a web page": (
        "{:s} ist keine Adresse einer Webseite",
        "{:s} はウェブページのアドレスではありません",
    ),
    "The folder {:s} does not exist": ("Der Ordner {:s} existiert nicht", "フォルダー {:s} は存在しません"),
}
"""By English text: the translations, in the order of `LANGUAGES`."""


def register() -> None:
    """Register the translations."""
    bpy.app.translations.register(
        __name__,
        {
            language: {(context, text): words[index] for text, words in TRANSLATIONS.items() for context in CONTEXTS}
            for index, language in enumerate(LANGUAGES)
        },
    )


def unregister() -> None:
    """Unregister the translations."""
    bpy.app.translations.unregister(__name__)
