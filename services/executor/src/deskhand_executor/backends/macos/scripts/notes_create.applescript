-- A note, in the default folder when none is named: its id, its name, its text.
-- argv: boundary, timeout, folder id, HTML
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theFolderId to item 3 of argv
	set theMarkup to item 4 of argv
	set theId to ""
	set theName to ""
	set theText to ""
	with timeout of patience seconds
		tell application "Notes"
			launch
			if theFolderId is "" then
				set theNote to make new note with properties {body:theMarkup}
			else
				set theNote to make new note at folder id theFolderId with properties {body:theMarkup}
			end if
			-- The note is there: nothing from here on may look as if it were not.
			try
				set theName to (name of theNote) as text
				set theText to (plaintext of theNote) as text
				set theId to (id of theNote) as text
			end try
		end tell
	end timeout
	return my joined(boundary, {theId, theName, theText})
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
