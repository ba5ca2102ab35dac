-- Removes a reminder that is still as it was made: removed, changed or gone.
-- argv: boundary, timeout, id, fingerprint
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theId to item 3 of argv
	set thePrint to item 4 of argv
	set theOutcome to "gone"
	with timeout of patience seconds
		tell application "Reminders"
			launch
			if exists reminder id theId then
				set theReminder to reminder id theId
				set theOutcome to "changed"
				considering case, diacriticals, hyphens, punctuation and white space
					if (my fingerprint(theReminder)) is thePrint then set theOutcome to "removed"
				end considering
				if theOutcome is "removed" then delete theReminder
			end if
		end tell
	end timeout
	return my joined(boundary, {theOutcome})
end run

-- What the user would see change.
on fingerprint(theReminder)
	tell application "Reminders"
		set theName to (name of theReminder) as text
		set theNotes to (body of theReminder) as text
		set theUrgency to (priority of theReminder) as text
		set isDone to (completed of theReminder) as text
		set theDue to due date of theReminder
	end tell
	return theName & linefeed & theNotes & linefeed & theUrgency & linefeed & isDone & linefeed & my dateNumbers(theDue)
end fingerprint

-- A date in numbers, which do not depend on the language of the Mac.
on dateNumbers(theDate)
	if theDate is missing value then return ""
	return ((year of theDate) as text) & "-" & ((month of theDate) as integer) & "-" & (day of theDate) & "-" & (time of theDate)
end dateNumbers

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
