-- All notes, a folder after the other: its id, its name, a count, the ids, the names.
-- argv: boundary, timeout
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theFields to {}
	with timeout of patience seconds
		tell application "Notes"
			launch
			repeat with theFolder in folders
				set theIds to id of notes of theFolder
				set theNames to name of notes of theFolder
				set theFields to theFields & {id of theFolder, name of theFolder, count of theIds} & theIds & theNames
			end repeat
		end tell
	end timeout
	return my joined(boundary, theFields)
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
