-- Shows a note: whether it is locked, and its text where it is not.
-- argv: boundary, timeout, id
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theId to item 3 of argv
	set theText to ""
	with timeout of patience seconds
		tell application "Notes"
			launch
			set theNote to note id theId
			set isLocked to password protected of theNote
			if not isLocked then set theText to (plaintext of theNote) as text
			show theNote
			activate
		end tell
	end timeout
	return my joined(boundary, {isLocked, theText})
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
