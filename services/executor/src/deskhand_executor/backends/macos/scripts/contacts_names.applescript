-- Everybody's id, name and nickname, in three events however many they are: a count, all ids, all names, all nicknames.
-- argv: boundary, timeout
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	with timeout of patience seconds
		tell application "Contacts"
			launch
			set theIds to id of people
			set theNames to name of people
			set theNicknames to nickname of people
		end tell
	end timeout
	return my joined(boundary, {count of theIds} & theIds & theNames & theNicknames)
end run

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
