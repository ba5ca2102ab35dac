-- An event, with guests whom Calendar then invites: its uid, how many guests it took, its fingerprint.
-- argv: boundary, timeout, calendar, title, place, notes, link, whether it is all day, start year, start month, start day, start hours, start minutes, start seconds, end year, end month, end day, end hours, end minutes, end seconds, guests...
on run argv
	set boundary to item 1 of argv
	set patience to (item 2 of argv) as integer
	set theCalendarName to item 3 of argv
	set theTitle to item 4 of argv
	set thePlace to item 5 of argv
	set theNotes to item 6 of argv
	set theLink to item 7 of argv
	set isAllDay to (item 8 of argv) is "true"
	set theStart to my moment(items 9 thru 14 of argv)
	set theEnd to my moment(items 15 thru 20 of argv)
	set theGuests to my slice(argv, 21, (count of argv) - 20)
	set theTaken to 0
	set theUid to ""
	set thePrint to ""
	with timeout of patience seconds
		tell application "Calendar"
			launch
			set theCalendar to first calendar whose name is theCalendarName and writable is true
			set theEvent to make new event at end of events of theCalendar with properties {summary:theTitle, location:thePlace, description:theNotes, start date:theStart, end date:theEnd, allday event:isAllDay}
			-- The event is there: nothing from here on may look as if it were not.
			try
				set theUid to (uid of theEvent) as text
			end try
			try
				if theLink is not "" then set url of theEvent to theLink
			end try
			repeat with theGuest in theGuests
				try
					tell theEvent to make new attendee at end of attendees with properties {email:(theGuest as text)}
					set theTaken to theTaken + 1
				on error number theCode
					if theCode is -1712 then exit repeat
				end try
			end repeat
		end tell
		try
			set thePrint to my fingerprint(theEvent)
		end try
	end timeout
	return my joined(boundary, {theUid, theTaken, thePrint})
end run

-- What the user would see change.
on fingerprint(theEvent)
	tell application "Calendar"
		set theSummary to (summary of theEvent) as text
		set thePlace to (location of theEvent) as text
		set theNotes to (description of theEvent) as text
		set theStart to start date of theEvent
		set theEnd to end date of theEvent
	end tell
	return theSummary & linefeed & thePlace & linefeed & theNotes & linefeed & my dateNumbers(theStart) & linefeed & my dateNumbers(theEnd)
end fingerprint

-- A date in numbers, which do not depend on the language of the Mac.
on dateNumbers(theDate)
	if theDate is missing value then return ""
	return ((year of theDate) as text) & "-" & ((month of theDate) as integer) & "-" & (day of theDate) & "-" & (time of theDate)
end dateNumbers

-- Numbers of year, month, day, hours, minutes, seconds. The day is 1 first: in a month of 30 days, a 31st of today's
-- would move the date on.
on moment(theNumbers)
	set theDate to current date
	set day of theDate to 1
	set year of theDate to (item 1 of theNumbers) as integer
	set month of theDate to (item 2 of theNumbers) as integer
	set day of theDate to (item 3 of theNumbers) as integer
	set hours of theDate to (item 4 of theNumbers) as integer
	set minutes of theDate to (item 5 of theNumbers) as integer
	set seconds of theDate to (item 6 of theNumbers) as integer
	return theDate
end moment

on slice(theItems, theFirst, theCount)
	if theCount < 1 then return {}
	return items theFirst thru (theFirst + theCount - 1) of theItems
end slice

on joined(boundary, theFields)
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to boundary
	set theText to theFields as text
	set AppleScript's text item delimiters to formerDelimiters
	return theText
end joined
