-- Gives a note its former HTML back where its text is still as it was left: removed, changed or gone.
-- argv: boundary, timeout, id, text, former HTML
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theId to item 3 of argv
	set theText to item 4 of argv
	set theFormer to item 5 of argv
	set theOutcome to "gone"
	with timeout of patience seconds
		tell application "Notes"
			launch
			if exists note id theId then
				set theNote to note id theId
				set theOutcome to "changed"
				considering case, diacriticals, hyphens, punctuation and white space
					if ((plaintext of theNote) as text) is theText then set theOutcome to "removed"
				end considering
				if theOutcome is "removed" then set body of theNote to theFormer
			end if
		end tell
	end timeout
	return my joined(boundary, {theOutcome})
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
