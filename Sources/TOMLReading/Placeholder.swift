// TOMLReading
