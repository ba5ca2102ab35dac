-- Adds to a note. Writing its HTML back would lose attachments and untick checklists: such a note is shown instead, and
-- the text put on the clipboard. Gives added with the HTML before and the text after; or locked, attachments or list.
-- argv: boundary, timeout, id, HTML to add, the same as text
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theId to item 3 of argv
	set theMarkup to item 4 of argv
	set theAddition to item 5 of argv
	set theFormer to ""
	set theText to ""
	with timeout of patience seconds
		tell application "Notes"
			launch
			set theNote to note id theId
			if password protected of theNote then
				set theOutcome to "locked"
			else
				set theFormer to (body of theNote) as text
				if (count of attachments of theNote) > 0 then
					set theOutcome to "attachments"
				else if theFormer contains "<ul" then
					set theOutcome to "list"
				else
					set theOutcome to "added"
				end if
			end if
			if theOutcome is "added" then
				set body of theNote to theFormer & theMarkup
				try
					set theText to (plaintext of theNote) as text
				end try
			else
				show theNote
				activate
			end if
		end tell
	end timeout
	if theOutcome is not "added" then
		set the clipboard to theAddition
		set theFormer to ""
	end if
	return my joined(boundary, {theOutcome, theFormer, theText})
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
