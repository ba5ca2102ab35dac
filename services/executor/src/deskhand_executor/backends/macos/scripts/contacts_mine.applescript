-- The user's own card, which tells relations: a vCard text, or nothing.
-- argv: boundary, timeout
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theCards to {}
	with timeout of patience seconds
		tell application "Contacts"
			launch
			set theCard to my card
			if theCard is not missing value then set end of theCards to vcard of theCard
		end tell
	end timeout
	return my joined(boundary, theCards)
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
